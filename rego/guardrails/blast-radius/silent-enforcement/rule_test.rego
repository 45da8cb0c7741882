package tracegate.guardrails.blast_radius.silent_enforcement_test

import data.tracegate.guardrails.blast_radius.silent_enforcement as rule
import data.tracegate.testing as t

deny := {
	"Override in silence": t.create(t.policy([t.kprobe("sys_symlinkat", [t.when(t.on_text, [t.override(-1), t.action("NoPost")])])])),
}

pass := {
	"Override and Post": t.create(t.policy([t.kprobe("sys_symlinkat", [t.when(t.on_text, [t.override(-1), t.post])])])),
	"silence without enforcing": t.create(t.policy([t.kprobe("sys_symlinkat", [t.when(t.on_text, [t.action("NoPost")])])])),
}

test_denies[name] if {
	some name, submission in deny
	count(rule.findings) > 0 with input as submission
}

test_passes[name] if {
	some name, submission in pass
	count(rule.findings) == 0 with input as submission
}
