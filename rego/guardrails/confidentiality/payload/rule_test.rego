package tracegate.guardrails.confidentiality.payload_test

import data.tracegate.guardrails.confidentiality.payload as rule
import data.tracegate.testing as t

capturing(call, type) := t.create(t.policy([t.with_args(t.kprobe(call, [t.always([t.post])]), [t.arg(1, type)])]))

deny := {
	"keys that are typed": capturing("input_event", "uint32"),
	"writes": capturing("sys_write", "char_buf"),
	"writes taken for text": capturing("sys_write", "string"),
	"typing": capturing("tty_write", "char_buf"),
	"writes in pieces": capturing("sys_writev", "char_iovec"),
	"writes of a tracepoint": capturing("sys_write", "data_loc"),
	"writes of whatever type": capturing("sys_write", "auto"),
	"pieces elsewhere": capturing("x", "char_iovec"),
	"in monitor mode too": t.monitored(capturing("sys_write", "char_buf")),
	"raw bytes elsewhere": capturing("sys_setxattr", "char_buf"),
	"a name that is written": t.create(t.policy([t.with_args(t.kprobe("sys_write", [t.always([t.post])]), [t.arg(1, "filename")])])),
	"raw bytes of anything": t.create(t.policy([t.with_args(t.kprobe("x", [t.always([t.post])]), [t.arg(1, "char_buf")])])),
	"what is returned": t.create(t.policy([object.union(
		t.kprobe("sys_write", [t.always([t.post])]),
		{"returnArg": t.arg(0, "string")},
	)])),
	"what is written": t.create(t.policy([t.with_args(t.kprobe("sys_write", [t.always([t.post])]), [t.arg(1, "char_buf")])])),
}

pass := {
	"which program reads keys": t.create(t.policy([t.with_args(t.kprobe("input_event", [t.always([t.post])]), [object.union(t.arg(1, "int"), {"source": "current_task"})])])),
	"a device that has keys": capturing("input_event", "nop"),
	"how many are written": t.create(t.policy([object.union(
		t.kprobe("sys_write", [t.always([t.post])]),
		{"returnArg": t.arg(0, "int64")},
	)])),
	"sizes": capturing("sys_write", "size_t"),
	"names": capturing("sys_openat", "string"),
	"who writes": t.create(t.policy([t.with_args(t.kprobe("sys_write", [t.always([t.post])]), [object.union(t.arg(-1, "string"), {"source": "current_task"})])])),
}

test_denies[name] if {
	some name, submission in deny
	count(rule.findings) > 0 with input as submission
}

test_passes[name] if {
	some name, submission in pass
	count(rule.findings) == 0 with input as submission
}

severities := {
	"raw bytes elsewhere": {"warn"},
	"what is written": {"deny"},
}

test_severities[name] if {
	some name, expected in severities
	found := {object.get(finding, "severity", "deny") | some finding in rule.findings} with input as deny[name]
	found == expected
}
