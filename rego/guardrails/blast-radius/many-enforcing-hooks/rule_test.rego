package tracegate.guardrails.blast_radius.many_enforcing_hooks_test

import data.tracegate.guardrails.blast_radius.many_enforcing_hooks as rule
import data.tracegate.testing as t

enforcing(calls) := t.create(t.policy([t.kprobe(call, [t.when(t.on_text, [t.override(-1)])]) | some call in calls]))

deny := {"four hooks": enforcing(["sys_symlinkat", "sys_linkat", "sys_renameat2", "sys_mknodat"])}

pass := {"three hooks": enforcing(["sys_symlinkat", "sys_linkat", "sys_renameat2"])}

test_denies[name] if {
	some name, submission in deny
	count(rule.findings) > 0 with input as submission
}

test_passes[name] if {
	some name, submission in pass
	count(rule.findings) == 0 with input as submission
}
