package tracegate.guardrails.life_cycle.deployer_test

import data.tracegate.guardrails.life_cycle.deployer as rule
import data.tracegate.testing as t

deny := {"a person": t.create(t.policy([]))}

pass := {"the deployer": t.by({"user": "gitops", "groups": ["tracegate:platform", "tracegate:deployers"]}, t.create(t.policy([])))}

test_denies[name] if {
	some name, submission in deny
	count(rule.findings) > 0 with input as submission
}

test_passes[name] if {
	some name, submission in pass
	count(rule.findings) == 0 with input as submission
}
