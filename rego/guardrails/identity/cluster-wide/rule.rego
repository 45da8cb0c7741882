# METADATA
# scope: package
# title: A cluster-wide policy is the platform’s
# description: >-
#   A TracingPolicy acts on every process of every host. Only the platform groups may create, change or
#   delete one.
# custom:
#   id: TPG-102
#   severity: high
#   why: >-
#     Whoever can hook every host can watch and stop everybody else's work.
#   fix: >-
#     Use kind TracingPolicyNamespaced in your own namespace, or ask the platform team to submit it.
#   since: "0.1.0"
#   modes: {baseline: enforce, standard: enforce, strict: enforce}
#   monitor: keep
#   applies: [cluster_wide, outsider]
#   parameters: [groups]
package tracegate.guardrails.identity.cluster_wide

import data.tracegate.lib

findings contains {"path": "/kind", "message": message} if {
	lib.policy.kind == "TracingPolicy"
	not lib.platform
	message := $"the cluster-wide policy {lib.policy.name} may be submitted by the platform groups only, and {input.subject.user} is in none of them"
}
