package tracegate.guardrails.self_protection.other_monitors_test

import data.tracegate.guardrails.self_protection.other_monitors as rule
import data.tracegate.testing as t

deny := {
	"falco by its ending": t.create(t.policy([t.kprobe("sys_openat", [t.binaries("Postfix", ["/falco"], [t.sigkill])])])),
	"killing falco": t.create(t.policy([t.kprobe("sys_openat", [t.binaries("In", ["/usr/bin/falco"], [t.sigkill])])])),
}

pass := {
	"sparing falco": t.create(t.policy([t.kprobe("sys_mount", [t.binaries("NotIn", ["/usr/bin/falco"], [t.override(-1)])])])),
	"watching falco": t.create(t.policy([t.kprobe("sys_openat", [t.binaries("In", ["/usr/bin/falco"], [t.post])])])),
}

test_denies[name] if {
	some name, submission in deny
	count(rule.findings) > 0 with input as submission
}

test_passes[name] if {
	some name, submission in pass
	count(rule.findings) == 0 with input as submission
}
