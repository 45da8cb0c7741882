package tracegate.guardrails.identity.cluster_wide_test

import data.tracegate.guardrails.identity.cluster_wide as rule
import data.tracegate.testing as t

deny := {
	"a tenant": t.by(t.tenant, t.create(t.policy([t.kprobe("tcp_connect", [t.always([t.post])])]))),
	"an enforcer": t.by(t.enforcer, t.create(t.policy([]))),
	"a tenant deleting": t.by(t.tenant, t.delete(t.policy([]))),
}

pass := {
	"the platform": t.create(t.policy([t.kprobe("tcp_connect", [t.always([t.post])])])),
	"a tenant in a namespace": t.by(t.tenant, t.create(t.namespaced("team-a", []))),
}

test_denies[name] if {
	some name, submission in deny
	count(rule.findings) > 0 with input as submission
}

test_passes[name] if {
	some name, submission in pass
	count(rule.findings) == 0 with input as submission
}
