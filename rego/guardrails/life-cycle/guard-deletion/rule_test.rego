package tracegate.guardrails.life_cycle.guard_deletion_test

import data.tracegate.guardrails.life_cycle.guard_deletion as rule
import data.tracegate.testing as t

links := t.named("guard-links", t.policy([]))

deny := {
	"without a reason": t.delete(links),
	"by a tenant": t.because("x", t.by(t.tenant, t.delete(links))),
	"with a reason it is still said": t.because("x", t.delete(links)),
}

pass := {
	"an ordinary policy": t.delete(t.policy([])),
	"a guard that is made": t.create(links),
}

test_denies[name] if {
	some name, submission in deny
	count(rule.findings) > 0 with input as submission
}

test_passes[name] if {
	some name, submission in pass
	count(rule.findings) == 0 with input as submission
}
