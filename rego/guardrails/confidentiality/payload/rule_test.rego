package tracegate.guardrails.confidentiality.payload_test

import data.tracegate.guardrails.confidentiality.payload as rule
import data.tracegate.testing as t

capturing(call, type) := t.create(t.policy([t.with_args(t.kprobe(call, [t.always([t.post])]), [t.arg(1, type)])]))

deny := {
	"writes": capturing("sys_write", "char_buf"),
	"writes taken for text": capturing("sys_write", "string"),
	"typing": capturing("tty_write", "char_buf"),
	"in monitor mode too": t.monitored(capturing("sys_write", "char_buf")),
	"raw bytes elsewhere": capturing("sys_setxattr", "char_buf"),
}

pass := {
	"sizes": capturing("sys_write", "size_t"),
	"names": capturing("sys_openat", "string"),
}

test_denies[name] if {
	some name, submission in deny
	count(rule.findings) > 0 with input as submission
}

test_passes[name] if {
	some name, submission in pass
	count(rule.findings) == 0 with input as submission
}
