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
	"none": t.create(object.union(t.policy([t.kprobe("sys_mount", [t.when(t.on_text, [t.sigkill])])]), {"annotations": {"tracegate.io/max-kills-per-minute": "0"}})),
	"words": t.create(object.union(t.policy([t.kprobe("sys_mount", [t.when(t.on_text, [t.sigkill])])]), {"annotations": {"tracegate.io/max-kills-per-minute": "many"}})),
	"a sign": t.create(object.union(t.policy([t.kprobe("sys_mount", [t.when(t.on_text, [t.sigkill])])]), {"annotations": {"tracegate.io/max-kills-per-minute": "+5"}})),
	"sixty-one": t.create(object.union(t.policy([t.kprobe("sys_mount", [t.when(t.on_text, [t.sigkill])])]), {"annotations": {"tracegate.io/max-kills-per-minute": "61"}})),
}

pass := {
	"ten": t.create(killing({"tracegate.io/max-kills-per-minute": "10"})),
	"monitor mode": t.monitored(t.create(killing({}))),
	"one": t.create(object.union(t.policy([t.kprobe("sys_mount", [t.when(t.on_text, [t.sigkill])])]), {"annotations": {"tracegate.io/max-kills-per-minute": "1"}})),
	"sixty": t.create(object.union(t.policy([t.kprobe("sys_mount", [t.when(t.on_text, [t.sigkill])])]), {"annotations": {"tracegate.io/max-kills-per-minute": "60"}})),
	"an override": t.create(t.policy([t.kprobe("sys_mount", [t.when(t.on_text, [t.override(-1)])])])),
}

test_denies[name] if {
	some name, submission in deny
	count(rule.findings) > 0 with input as submission
}

test_passes[name] if {
	some name, submission in pass
	count(rule.findings) == 0 with input as submission
}
