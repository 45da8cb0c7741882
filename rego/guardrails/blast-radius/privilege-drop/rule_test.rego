package tracegate.guardrails.blast_radius.privilege_drop_test

import data.tracegate.guardrails.blast_radius.privilege_drop as rule
import data.tracegate.testing as t

deny := {
	"setuid": t.create(t.policy([t.kprobe("sys_setuid", [t.when(t.on_text, [t.override(-1)])])])),
}

pass := {
	"killing instead": t.create(t.policy([t.kprobe("sys_setuid", [t.binaries("In", ["/tmp/x"], [t.sigkill])])])),
	"another call": t.create(t.policy([t.kprobe("sys_setxattr", [t.when(t.on_text, [t.override(-1)])])])),
}

test_denies[name] if {
	some name, submission in deny
	count(rule.findings) > 0 with input as submission
}

test_passes[name] if {
	some name, submission in pass
	count(rule.findings) == 0 with input as submission
}
