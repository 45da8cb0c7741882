package tracegate.guardrails.identity.namespace_members_test

import data.tracegate.guardrails.identity.namespace_members as rule
import data.tracegate.testing as t

organisation := {"namespaces": {"example-owned": {"groups": ["team-a"]}}}

deny := {"a stranger": t.by(t.enforcer, t.create(t.namespaced("example-owned", [])))}

pass := {
	"a member": t.by(t.tenant, t.create(t.namespaced("example-owned", []))),
	"its service account": t.by(t.account("example-owned"), t.create(t.namespaced("example-owned", []))),
	"the platform": t.create(t.namespaced("example-owned", [])),
	"a namespace without a list": t.by(t.tenant, t.create(t.namespaced("team-a", []))),
}

test_denies[name] if {
	some name, submission in deny
	count(rule.findings) > 0 with input as submission with data.organisation.namespaces as organisation.namespaces
}

test_passes[name] if {
	some name, submission in pass
	count(rule.findings) == 0 with input as submission with data.organisation.namespaces as organisation.namespaces
}
