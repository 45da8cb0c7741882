# METADATA
# scope: package
# title: Protected namespaces are the platform’s
# description: >-
#   Policies in protected namespaces are submitted, changed and deleted by the platform only.
# custom:
#   id: TPG-110
#   severity: high
#   why: >-
#     What runs there keeps the cluster alive.
#   fix: >-
#     Submit the policy in your own namespace.
#   since: "0.1.0"
#   modes: {baseline: enforce, standard: enforce, strict: enforce}
#   monitor: keep
#   applies: [namespaced, outsider]
#   parameters: [protected, groups]
package tracegate.guardrails.identity.protected_namespace

import data.tracegate.lib

findings contains {"path": "/metadata/namespace", "message": message} if {
	not lib.platform
	lib.policy.kind == "TracingPolicyNamespaced"
	lib.policy.namespace in lib.organisation.protected.namespaces
	message := $"the namespace {lib.policy.namespace} is protected, and {input.subject.user} is not of the platform"
}
