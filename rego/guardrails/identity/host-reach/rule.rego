# METADATA
# scope: package
# title: A namespaced policy stays in its namespace
# description: >-
#   TracingPolicyNamespaced has no selector of hosts, neither for itself nor in matchWorkloads.
# custom:
#   id: TPG-107
#   severity: high
#   why: >-
#     With hostSelector a tenant's policy would watch and stop processes of the host and of other
#     tenants.
#   fix: >-
#     Remove the selector, or ask the platform team for a cluster-wide TracingPolicy.
#   since: "0.1.0"
#   modes: {baseline: enforce, standard: enforce, strict: enforce}
#   monitor: keep
#   applies: [writes, namespaced]
#   parameters: []
package tracegate.guardrails.identity.host_reach

import data.tracegate.lib

findings contains {"path": "/spec/hostSelector", "message": message} if {
	input.operation != "delete"
	lib.policy.kind == "TracingPolicyNamespaced"
	"hostSelector" in lib.policy.scopes
	message := $"hostSelector reaches beyond the namespace {lib.policy.namespace}"
}

findings contains {"path": selector.path, "message": message} if {
	lib.policy.kind == "TracingPolicyNamespaced"
	some hook in lib.hooks
	some selector in hook.selectors
	hosts(selector.matchWorkloads)
	message := $"hostSelector in matchWorkloads reaches beyond the namespace {lib.policy.namespace}"
}

hosts("host")

hosts(workloads) if workloads.host

findings contains {"path": "/spec/podSelector", "message": message} if {
	input.operation != "delete"
	lib.policy.kind == "TracingPolicyNamespaced"
	some requirement in lib.policy.workloads.pods
	requirement.key == "k8s:io.kubernetes.pod.namespace"
	elsewhere(requirement)
	message := $"podSelector asks for pods of {concat(", ", requirement.values)}, and the policy is about those of {lib.policy.namespace}"
}

elsewhere(requirement) if {
	requirement.operator == "In"
	some value in requirement.values
	value != lib.policy.namespace
}

elsewhere(requirement) if {
	requirement.operator == "NotIn"
	lib.policy.namespace in requirement.values
}

elsewhere(requirement) if requirement.operator == "DoesNotExist"

# METADATA
# description: A container that shares one of the host's namespaces is in the host's, and is looked at as the host is.
findings contains {"path": match.path, "message": message} if {
	lib.policy.kind == "TracingPolicyNamespaced"
	some hook in lib.hooks
	some selector in hook.selectors
	some match in selector.matchNamespaces
	match.operator == "In"
	some value in match.values
	lib.first(value)
	message := $"matchNamespaces asks for the {lower(match.namespace)} namespace of the host, which is not of the namespace {lib.policy.namespace}"
}
