package tracegate.guardrails.self_protection.ignored_absence_test

import data.tracegate.guardrails.self_protection.ignored_absence as rule
import data.tracegate.testing as t

lenient(selectors) := object.union(t.kprobe("sys_symlinkat", selectors), {"ignoreMissing": true})

deny := {"Override": t.create(t.policy([lenient([t.when(t.on_text, [t.override(-1)])])]))}

pass := {
	"watching": t.create(t.policy([lenient([t.when(t.on_text, [t.post])])])),
	"a hook that must be there": t.create(t.policy([t.kprobe("sys_symlinkat", [t.when(t.on_text, [t.override(-1)])])])),
}

test_denies[name] if {
	some name, submission in deny
	count(rule.findings) > 0 with input as submission
}

test_passes[name] if {
	some name, submission in pass
	count(rule.findings) == 0 with input as submission
}
