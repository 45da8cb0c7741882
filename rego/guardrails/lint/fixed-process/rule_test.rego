package tracegate.guardrails.lint.fixed_process_test

import data.tracegate.guardrails.lint.fixed_process as rule
import data.tracegate.testing as t

deny := {
	"a kill": t.create(t.policy([t.kprobe("security_file_open", [t.pids("In", [4711], false, [t.sigkill])])])),
	"watching": t.create(t.policy([t.kprobe("security_file_open", [t.pids("In", [3], false, [t.post])])])),
}

pass := {
	"not the first one": t.create(t.policy([t.kprobe("security_file_open", [t.pids("NotIn", [4711], false, [t.post])])])),
	"the first ones": t.create(t.policy([t.kprobe("security_file_open", [t.pids("In", [0, 1, 2], false, [t.post])])])),
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
	"a kill": {"deny"},
	"watching": {"info"},
}

test_severities[name] if {
	some name, expected in severities
	found := {object.get(finding, "severity", "deny") | some finding in rule.findings} with input as deny[name]
	found == expected
}
