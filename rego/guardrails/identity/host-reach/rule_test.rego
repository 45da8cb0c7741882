package tracegate.guardrails.identity.host_reach_test

import data.tracegate.guardrails.identity.host_reach as rule
import data.tracegate.testing as t

deny := {
	"pods of its own and of another": t.create(object.union(t.namespaced("team-a", []), {"workloads": {"namespace": "team-a", "pods": [{"key": "k8s:io.kubernetes.pod.namespace", "operator": "In", "values": ["team-a", "team-b"]}]}})),
	"pods of all others": t.create(object.union(t.namespaced("team-a", []), {"workloads": {"namespace": "team-a", "pods": [{"key": "k8s:io.kubernetes.pod.namespace", "operator": "NotIn", "values": ["team-a"]}]}})),
	"pods of none": t.create(object.union(t.namespaced("team-a", []), {"workloads": {"namespace": "team-a", "pods": [{"key": "k8s:io.kubernetes.pod.namespace", "operator": "DoesNotExist", "values": []}]}})),
	"a namespace of the host": t.create(t.namespaced("team-a", [t.kprobe("sys_dup", [t.namespaces("In", ["host_ns"], [t.post])])])),
	"a namespace of the host by its number": t.create(t.namespaced("team-a", [t.kprobe("sys_dup", [t.namespaces("In", ["4026532999", "4026531836"], [t.post])])])),
	"pods of another namespace": t.create(object.union(t.namespaced("team-a", []), {"workloads": {"namespace": "team-a", "pods": [{"key": "k8s:io.kubernetes.pod.namespace", "operator": "In", "values": ["kube-system"]}]}})),
	"hostSelector": t.create(object.union(t.namespaced("team-a", []), {"scopes": ["hostSelector"]})),
	"hostSelector of a selector": t.create(t.namespaced("team-a", [t.kprobe("sys_dup", [t.workloads("host", [t.post])])])),
	"hostSelector beside pods": t.create(t.namespaced("team-a", [t.kprobe("sys_dup", [t.workloads({"host": true, "pods": []}, [t.post])])])),
}

pass := {
	"pods of some namespace": t.create(object.union(t.namespaced("team-a", []), {"workloads": {"namespace": "team-a", "pods": [{"key": "k8s:io.kubernetes.pod.namespace", "operator": "Exists", "values": []}]}})),
	"no namespace of the host": t.create(t.namespaced("team-a", [t.kprobe("sys_dup", [t.namespaces("NotIn", ["host_ns"], [t.post])])])),
	"a namespace of a container": t.create(t.namespaced("team-a", [t.kprobe("sys_dup", [t.namespaces("In", ["4026532999"], [t.post])])])),
	"a namespace of the host by a cluster-wide policy": t.create(t.policy([t.kprobe("sys_dup", [t.namespaces("In", ["host_ns"], [t.post])])])),
	"pods of its own namespace": t.create(object.union(t.namespaced("team-a", []), {"workloads": {"namespace": "team-a", "pods": [{"key": "k8s:io.kubernetes.pod.namespace", "operator": "In", "values": ["team-a"]}]}})),
	"not those of another": t.create(object.union(t.namespaced("team-a", []), {"workloads": {"namespace": "team-a", "pods": [{"key": "k8s:io.kubernetes.pod.namespace", "operator": "NotIn", "values": ["kube-system"]}]}})),
	"pods of another namespace by a cluster-wide policy": t.create(object.union(t.policy([]), {"workloads": {"namespace": "team-a", "pods": [{"key": "k8s:io.kubernetes.pod.namespace", "operator": "In", "values": ["kube-system"]}]}})),
	"nodeSelector": t.create(object.union(t.namespaced("team-a", []), {"scopes": ["nodeSelector"], "nodes": []})),
	"pods of a selector": t.create(t.namespaced("team-a", [t.kprobe("sys_dup", [t.workloads({"pods": []}, [t.post])])])),
	"podSelector": t.create(object.union(t.namespaced("team-a", []), {"scopes": ["podSelector"]})),
	"a cluster-wide policy": t.create(object.union(t.policy([]), {"scopes": ["hostSelector"]})),
	"a selector of hosts by a cluster-wide policy": t.create(t.policy([t.kprobe("sys_dup", [t.workloads("host", [t.post])])])),
	"pods of some kind": t.create(object.union(t.namespaced("team-a", []), {"workloads": {"namespace": "team-a", "pods": [{"key": "app", "operator": "In", "values": ["web"]}]}})),
	"a deletion of what asks for others": t.delete(object.union(t.namespaced("team-a", []), {"workloads": {"namespace": "team-a", "pods": [{"key": "k8s:io.kubernetes.pod.namespace", "operator": "In", "values": ["kube-system"]}]}})),
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
