package tracegate.guardrails.confidentiality.kernel_addresses_test

import data.tracegate.guardrails.confidentiality.kernel_addresses as rule
import data.tracegate.testing as t

deny := {
	"half of an address": t.create(t.policy([t.with_args(t.kprobe("security_file_open", [t.always([t.post])]), [object.union(t.arg(0, "uint32"), {"resolve": "f_op"})])])),
	"the page tables": t.create(t.policy([t.with_args(t.kprobe("commit_creds", [t.always([t.post])]), [object.union(t.arg(-1, "uint64"), {"source": "current_task", "resolve": "mm.pgd"})])])),
	"a table of functions": t.create(t.policy([t.with_args(t.kprobe("security_file_open", [t.always([t.post])]), [object.union(t.arg(0, "int64"), {"resolve": "f_op"})])])),
	"an object as a number": t.create(t.policy([t.with_args(t.kprobe("security_file_open", [t.always([t.post])]), [t.arg(0, "uint64")])])),
	"half of it": t.create(t.policy([t.with_args(t.kprobe("security_inode_unlink", [t.always([t.post])]), [t.arg(0, "int")])])),
	"what is freed": t.create(t.policy([t.with_args(t.kprobe("kfree", [t.always([t.post])]), [t.arg(0, "uint64")])])),
	"who asks for memory": t.create(t.policy([t.with_args(t.tracepoint("kmem/kmalloc", [t.always([t.post])]), [t.arg(4, "uint64")])])),
	"where a symbol lies": t.create(t.policy([returning("kallsyms_lookup_name", "uint64")])),
	"one of several": t.create(t.policy([t.with_args(t.kprobe("security_file_open", [t.always([t.post])]), [object.union(t.arg(0, "size_t"), {"resolve": "f_mapping.ops[2]"})])])),
}

returning(call, type) := object.union(t.kprobe(call, [t.always([t.post])]), {"return": true, "returnArg": t.arg(0, type)})

pass := {
	"what the host tells the type of": t.create(t.policy([t.with_args(t.kprobe("security_file_open", [t.always([t.post])]), [object.union(t.arg(0, "auto"), {"resolve": "f_op"})])])),
	"a value": t.create(t.policy([t.with_args(t.kprobe("security_file_open", [t.always([t.post])]), [object.union(t.arg(0, "uint64"), {"resolve": "f_inode.i_ino"})])])),
	"text behind a pointer": t.create(t.policy([t.with_args(t.kprobe("security_file_open", [t.always([t.post])]), [object.union(t.arg(0, "string"), {"resolve": "f_op"})])])),
	"a plain argument": t.create(t.policy([t.with_args(t.kprobe("security_file_permission", [t.always([t.post])]), [t.arg(1, "int")])])),
	"a file as a file": t.create(t.policy([t.with_args(t.kprobe("security_file_open", [t.always([t.post])]), [t.arg(0, "file")])])),
	"what the check is handed as a number": t.create(t.policy([t.with_args(t.kprobe("security_socket_create", [t.always([t.post])]), [t.arg(0, "int")])])),
	"the first of a system call": t.create(t.policy([t.with_args(t.kprobe("sys_ptrace", [t.always([t.post])]), [t.arg(0, "int64")])])),
	"a part of the object": t.create(t.policy([t.with_args(t.kprobe("security_task_kill", [t.always([t.post])]), [object.union(t.arg(0, "int"), {"resolve": "tgid"})])])),
	"of the running task": t.create(t.policy([t.with_args(t.kprobe("security_file_open", [t.always([t.post])]), [object.union(t.arg(0, "int"), {"source": "current_task", "resolve": "tgid"})])])),
	"nothing of what is freed": t.create(t.policy([t.with_args(t.kprobe("kfree", [t.always([t.post])]), [t.arg(0, "nop")])])),
	"a type the host tells": t.create(t.policy([t.with_args(t.kprobe("security_file_open", [t.always([t.post])]), [t.arg(0, "auto")])])),
	"how much is freed": t.create(t.policy([t.with_args(t.tracepoint("kmem/kmalloc", [t.always([t.post])]), [t.arg(6, "uint64")])])),
	"what it points at": t.create(t.policy([t.with_args(t.kprobe("kfree", [t.always([t.post])]), [object.union(t.arg(0, "uint64"), {"resolve": "len"})])])),
	"an object that is returned": t.create(t.policy([returning("sk_alloc", "sock")])),
	"a number that is returned": t.create(t.policy([returning("tcp_connect", "int")])),
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
