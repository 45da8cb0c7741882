package tracegate.guardrails.lint.nothing_to_enforce_test

import data.tracegate.guardrails.lint.nothing_to_enforce as rule
import data.tracegate.testing as t

asking(mode, actions) := t.create(object.union(
	t.policy([t.kprobe("sys_symlinkat", [t.when(t.on_text, actions)])]),
	{"mode": mode},
))

deny := {
	"only watching": asking("enforce", [t.post]),
}

pass := {
	"enforcing": asking("enforce", [t.override(-1)]),
	"monitor mode": asking("monitor", [t.post]),
	"no mode named": t.create(t.policy([])),
	"a deletion": t.delete(object.union(t.policy([]), {"mode": "enforce"})),
}

test_denies[name] if {
	some name, submission in deny
	count(rule.findings) > 0 with input as submission
}

test_passes[name] if {
	some name, submission in pass
	count(rule.findings) == 0 with input as submission
}
