package tracegate.guardrails.blast_radius.kill_budget_test

import data.tracegate.guardrails.blast_radius.kill_budget as rule
import data.tracegate.testing as t

killing(annotations) := object.union(
	t.policy([t.kprobe("sys_symlinkat", [t.when(t.on_text, [t.sigkill])])]),
	{"annotations": annotations},
)

deny := {
	"none named": t.create(killing({})),
	"too many": t.create(killing({"tracegate.io/max-kills-per-minute": "100000"})),
	"no number": t.create(killing({"tracegate.io/max-kills-per-minute": "many"})),
}

pass := {
	"ten": t.create(killing({"tracegate.io/max-kills-per-minute": "10"})),
	"monitor mode": t.monitored(t.create(killing({}))),
}

test_denies[name] if {
	some name, submission in deny
	count(rule.findings) > 0 with input as submission
}

test_passes[name] if {
	some name, submission in pass
	count(rule.findings) == 0 with input as submission
}
