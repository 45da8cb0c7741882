package tracegate.guardrails.identity.protected_namespace_test

import data.tracegate.guardrails.identity.protected_namespace as rule
import data.tracegate.testing as t

deny := {
	"a tenant": t.by(t.tenant, t.create(t.namespaced("kube-system", []))),
	"an enforcer": t.by(t.enforcer, t.create(t.namespaced("tracegate", []))),
}

pass := {
	"the platform": t.create(t.namespaced("kube-system", [])),
	"another namespace": t.by(t.tenant, t.create(t.namespaced("kube-systems", []))),
	"a cluster-wide one": t.by(t.tenant, t.create(object.union(t.policy([]), {"namespace": "kube-system"}))),
}

test_denies[name] if {
	some name, submission in deny
	count(rule.findings) > 0 with input as submission
}

test_passes[name] if {
	some name, submission in pass
	count(rule.findings) == 0 with input as submission
}
