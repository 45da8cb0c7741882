package tracegate.guardrails.lint.operator_type_test

import data.tracegate.guardrails.lint.operator_type as rule
import data.tracegate.testing as t

deny := {
	"a prefix of a number": t.create(t.policy([t.kprobe("sys_mount", [t.when([t.match("Prefix", "int", ["5"])], [t.sigkill])])])),
	"a larger text": t.create(t.policy([t.kprobe("sys_mount", [t.when([t.match("GT", "string", ["5"])], [t.sigkill])])])),
	"NotPrefix": t.create(t.policy([t.kprobe("x", [t.when([t.match("NotPrefix", "int", ["1"])], [t.post])])])),
	"Postfix": t.create(t.policy([t.kprobe("x", [t.when([t.match("Postfix", "int", ["1"])], [t.post])])])),
	"NotPostfix": t.create(t.policy([t.kprobe("x", [t.when([t.match("NotPostfix", "int", ["1"])], [t.post])])])),
	"LT": t.create(t.policy([t.kprobe("x", [t.when([t.match("LT", "string", ["1"])], [t.post])])])),
	"Mask": t.create(t.policy([t.kprobe("x", [t.when([t.match("Mask", "string", ["1"])], [t.post])])])),
	"GT": t.create(t.policy([t.kprobe("x", [t.when([t.match("GT", "file", ["1"])], [t.post])])])),
	"a prefix of a result": returning("Prefix", "int", "1"),
	"a larger text as a result": returning("GT", "string", "1"),
	"pieces of a transfer": looking("Prefix", "char_iovec", "x"),
}

returning(operator, type, value) := t.create(t.policy([t.kprobe("x", [object.union(t.always([t.post]), {"matchReturnArgs": [t.match(operator, type, [value])]})])]))

looking(operator, type, value) := t.create(t.policy([t.kprobe("x", [t.when([t.match(operator, type, [value])], [t.post])])]))

pass := {
	"a prefix of a text": t.create(t.policy([t.kprobe("sys_mount", [t.when([t.match("Prefix", "string", ["/data/"])], [t.sigkill])])])),
	"a larger result": returning("GT", "int", "1"),
	"a prefix of a text that is returned": returning("Prefix", "string", "/data/"),
	"a larger number": t.create(t.policy([t.kprobe("sys_mount", [t.when([t.match("GT", "int", ["5"])], [t.sigkill])])])),
	"a name of a network device": looking("Prefix", "net_device", "eth"),
	"text behind a record": looking("Postfix", "data_loc", "/sh"),
	"the name of a unix socket": looking("NotPrefix", "sockaddr_un", "/run/"),
	"the number of a system call": looking("GT", "syscall64", "300"),
	"a command of bpf": looking("LT", "bpf_cmd", "5"),
	"a capability": looking("GT", "capability", "20"),
	"a set of capabilities": looking("Mask", "kernel_cap_t", "2097152"),
	"those that are inherited": looking("Mask", "cap_inheritable", "2097152"),
	"those that are permitted": looking("Mask", "cap_permitted", "2097152"),
	"those in effect": looking("LT", "cap_effective", "2097152"),
	"text or not": looking("Prefix", "auto", "/etc/"),
	"a number or not": looking("GT", "auto", "5"),
}

test_denies[name] if {
	some name, submission in deny
	count(rule.findings) > 0 with input as submission
}

test_passes[name] if {
	some name, submission in pass
	count(rule.findings) == 0 with input as submission
}
