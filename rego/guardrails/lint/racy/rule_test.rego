package tracegate.guardrails.lint.racy_test

import data.tracegate.guardrails.lint.racy as rule
import data.tracegate.testing as t

planned(actions, racy) := object.union(
	t.create(t.policy([t.kprobe("sys_symlinkat", [t.when(t.on_text, actions)])])),
	{"planned": [t.planned("killed-after-effect", racy)]},
)

deny := {
	"racy": planned([t.sigkill], true),
	"racy and not accepted": object.union(
		planned([t.sigkill], true),
		{"policy": {"annotations": {"tracegate.io/allow-racy": "false"}}},
	),
	"racy and accepted": object.union(
		planned([t.sigkill], true),
		{"policy": {"annotations": {"tracegate.io/allow-racy": "true"}}},
	),
}

pass := {
	"free of races": planned([t.sigkill], false),
	"racy watching": planned([t.post], true),
	"no facts": t.create(t.policy([t.kprobe("sys_symlinkat", [t.when(t.on_text, [t.sigkill])])])),
}

test_denies[name] if {
	some name, submission in deny
	count(rule.findings) > 0 with input as submission
}

test_passes[name] if {
	some name, submission in pass
	count(rule.findings) == 0 with input as submission
}

severities := {"racy": "deny", "racy and accepted": "info", "racy and not accepted": "deny"}

test_severities[name] if {
	some name, severity in severities
	found := {finding.severity | some finding in rule.findings} with input as deny[name]
	found == {severity}
}
