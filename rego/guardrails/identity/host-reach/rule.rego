# METADATA
# scope: package
# title: A namespaced policy stays in its namespace
# description: >-
#   TracingPolicyNamespaced has no selector of hosts or nodes.
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

findings contains {"path": concat("", ["/spec/", scope]), "message": message} if {
	input.operation != "delete"
	lib.policy.kind == "TracingPolicyNamespaced"
	some scope in ["hostSelector", "nodeSelector"]
	scope in lib.policy.scopes
	message := $"{scope} reaches beyond the namespace {lib.policy.namespace}"
}
