package tracegate.guardrails.identity.service_account_test

import data.tracegate.guardrails.identity.service_account as rule
import data.tracegate.testing as t

deny := {
	"another namespace": t.by(t.account("team-b"), t.create(t.namespaced("team-a", []))),
}

pass := {
	"its own": t.by(t.account("team-a"), t.create(t.namespaced("team-a", []))),
	"a person": t.by(t.tenant, t.create(t.namespaced("team-a", []))),
	"an account of the platform": t.by(
		object.union(t.account("deploy"), {"groups": ["tracegate:platform"]}),
		t.create(t.namespaced("team-a", [])),
	),
	"a cluster-wide one": t.by(t.account("team-b"), t.create(t.policy([]))),
}

test_denies[name] if {
	some name, submission in deny
	count(rule.findings) > 0 with input as submission
}

test_passes[name] if {
	some name, submission in pass
	count(rule.findings) == 0 with input as submission
}
