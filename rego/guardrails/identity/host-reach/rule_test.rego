package tracegate.guardrails.identity.host_reach_test

import data.tracegate.guardrails.identity.host_reach as rule
import data.tracegate.testing as t

deny := {
	"hostSelector": t.create(object.union(t.namespaced("team-a", []), {"scopes": ["hostSelector"]})),
	"hostSelector of a selector": t.create(t.namespaced("team-a", [t.kprobe("sys_dup", [t.workloads("host", [t.post])])])),
	"hostSelector beside pods": t.create(t.namespaced("team-a", [t.kprobe("sys_dup", [t.workloads({"host": true, "pods": []}, [t.post])])])),
}

pass := {
	"nodeSelector": t.create(object.union(t.namespaced("team-a", []), {"scopes": ["nodeSelector"], "nodes": []})),
	"pods of a selector": t.create(t.namespaced("team-a", [t.kprobe("sys_dup", [t.workloads({"pods": []}, [t.post])])])),
	"podSelector": t.create(object.union(t.namespaced("team-a", []), {"scopes": ["podSelector"]})),
	"a cluster-wide policy": t.create(object.union(t.policy([]), {"scopes": ["hostSelector"]})),
	"a deletion": t.delete(object.union(t.namespaced("team-a", []), {"scopes": ["hostSelector"]})),
}

test_denies[name] if {
	some name, submission in deny
	count(rule.findings) > 0 with input as submission
}

test_passes[name] if {
	some name, submission in pass
	count(rule.findings) == 0 with input as submission
}
