package tracegate.guardrails.blast_radius.soak_test

import data.tracegate.guardrails.blast_radius.soak as rule
import data.tracegate.testing as t

links(actions) := t.policy([t.kprobe("sys_symlinkat", [t.when(t.on_text, actions)])])

deny := {
	"at once": t.create(links([t.override(-1)])),
	"from watching to enforcing in one change": t.update(links([t.post]), links([t.override(-1)])),
	"another hook stood": t.update(t.policy([t.kprobe("sys_ptrace", [t.when(t.on_text, [t.override(-1)])])]), t.policy([t.kprobe("sys_mount", [t.when(t.on_text, [t.override(-1)])])])),
}

pass := {
	"monitor mode": t.monitored(t.create(links([t.override(-1)]))),
	"after monitor mode": t.update(object.union(links([t.override(-1)]), {"mode": "monitor"}), links([t.override(-1)])),
	"nothing enforced": t.create(links([t.post])),
}

test_denies[name] if {
	some name, submission in deny
	count(rule.findings) > 0 with input as submission
}

test_passes[name] if {
	some name, submission in pass
	count(rule.findings) == 0 with input as submission
}
