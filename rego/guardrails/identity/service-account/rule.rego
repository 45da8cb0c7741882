# METADATA
# scope: package
# title: A service account stays in its own namespace
# description: >-
#   A service account outside the platform groups may submit policies to its own namespace only.
# custom:
#   id: TPG-111
#   severity: high
#   why: >-
#     A stolen token of one tenant must not watch another.
#   fix: >-
#     Submit it with an account of the policy's namespace.
#   since: "0.1.0"
#   modes: {baseline: enforce, standard: enforce, strict: enforce}
#   monitor: keep
#   applies: [namespaced, outsider]
#   parameters: [groups]
package tracegate.guardrails.identity.service_account

import data.tracegate.lib

findings contains {"path": "/metadata/namespace", "message": message} if {
	not lib.platform
	lib.account_namespace != lib.policy.namespace
	message := $"{input.subject.user} is of the namespace {lib.account_namespace}, and the policy is for {lib.policy.namespace}"
}
