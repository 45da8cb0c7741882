package tracegate.guardrails.confidentiality.kernel_addresses_test

import data.tracegate.guardrails.confidentiality.kernel_addresses as rule
import data.tracegate.testing as t

deny := {
	"half of an address": t.create(t.policy([t.with_args(t.kprobe("security_file_open", [t.always([t.post])]), [object.union(t.arg(0, "uint32"), {"resolve": "f_op"})])])),
	"the page tables": t.create(t.policy([t.with_args(t.kprobe("commit_creds", [t.always([t.post])]), [object.union(t.arg(-1, "uint64"), {"source": "current_task", "resolve": "mm.pgd"})])])),
	"a table of functions": t.create(t.policy([t.with_args(t.kprobe("security_file_open", [t.always([t.post])]), [object.union(t.arg(0, "int64"), {"resolve": "f_op"})])])),
	"one of several": t.create(t.policy([t.with_args(t.kprobe("security_file_open", [t.always([t.post])]), [object.union(t.arg(0, "size_t"), {"resolve": "f_mapping.ops[2]"})])])),
}

pass := {
	"what the host tells the type of": t.create(t.policy([t.with_args(t.kprobe("security_file_open", [t.always([t.post])]), [object.union(t.arg(0, "auto"), {"resolve": "f_op"})])])),
	"a value": t.create(t.policy([t.with_args(t.kprobe("security_file_open", [t.always([t.post])]), [object.union(t.arg(0, "uint64"), {"resolve": "f_inode.i_ino"})])])),
	"text behind a pointer": t.create(t.policy([t.with_args(t.kprobe("security_file_open", [t.always([t.post])]), [object.union(t.arg(0, "string"), {"resolve": "f_op"})])])),
	"a plain argument": t.create(t.policy([t.with_args(t.kprobe("security_file_open", [t.always([t.post])]), [t.arg(0, "uint64")])])),
	"a register of the program": t.create(t.policy([t.with_args(t.kprobe("sys_openat", [t.always([t.post])]), [object.union(t.arg(-1, "uint64"), {"source": "pt_regs", "resolve": "stack"})])])),
}

test_denies[name] if {
	some name, submission in deny
	count(rule.findings) > 0 with input as submission
}

test_passes[name] if {
	some name, submission in pass
	count(rule.findings) == 0 with input as submission
}
