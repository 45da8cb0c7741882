package tracegate.guardrails.blast_radius.corrupting_override_test

import data.tracegate.guardrails.blast_radius.corrupting_override as rule
import data.tracegate.testing as t

deny := {
	"close": t.create(t.policy([t.kprobe("sys_close", [t.when(t.on_text, [t.override(-1)])])])),
	"exit_group": t.create(t.policy([t.kprobe("sys_exit_group", [t.when(t.on_text, [t.override(-1)])])])),
}

pass := {
	"a call that may fail": t.create(t.policy([t.kprobe("sys_symlinkat", [t.when(t.on_text, [t.override(-1)])])])),
	"watching close": t.create(t.policy([t.kprobe("sys_close", [t.when(t.on_text, [t.post])])])),
}

test_denies[name] if {
	some name, submission in deny
	count(rule.findings) > 0 with input as submission
}

test_passes[name] if {
	some name, submission in pass
	count(rule.findings) == 0 with input as submission
}
