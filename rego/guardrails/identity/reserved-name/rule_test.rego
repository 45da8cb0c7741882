package tracegate.guardrails.identity.reserved_name_test

import data.tracegate.guardrails.identity.reserved_name as rule
import data.tracegate.testing as t

organisation := {"protected": {"policies": ["our-watch"]}}

deny := {
	"a protected one by a tenant": t.by(t.tenant, t.create(t.named("our-watch", t.namespaced("team-a", [])))),
	"a guard by a tenant": t.by(t.tenant, t.create(t.named("guard-files", t.namespaced("team-a", [])))),
	"ours by an enforcer": t.by(t.enforcer, t.create(t.named("tracegate-self", t.namespaced("team-a", [])))),
	"a guard deleted by a tenant": t.by(t.tenant, t.delete(t.named("guard-files", t.namespaced("team-a", [])))),
}

pass := {
	"a protected one by the platform": t.create(t.named("our-watch", t.policy([]))),
	"a guard by the platform": t.create(t.named("guard-files", t.policy([]))),
	"a tenant's own name": t.by(t.tenant, t.create(t.named("files-guard", t.namespaced("team-a", [])))),
}

test_denies[name] if {
	some name, submission in deny
	count(rule.findings) > 0 with input as submission with data.organisation as object.union(data.organisation, organisation)
}

test_passes[name] if {
	some name, submission in pass
	count(rule.findings) == 0 with input as submission with data.organisation as object.union(data.organisation, organisation)
}
