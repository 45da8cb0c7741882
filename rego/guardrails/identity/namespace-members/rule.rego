# METADATA
# scope: package
# title: Namespaces with members are theirs
# description: >-
#   Where the organisation's data lists the groups of a namespace, only they and the platform may
#   submit policies to it.
# custom:
#   id: TPG-112
#   severity: high
#   why: >-
#     Outside Kubernetes nothing else says who a namespace belongs to.
#   fix: >-
#     Ask a member of the namespace, or the platform team to add your group to namespaces in the
#     organisation's data.
#   since: "0.1.0"
#   modes: {baseline: enforce, standard: enforce, strict: enforce}
#   monitor: keep
#   applies: [namespaced, outsider]
#   parameters: [namespaces, groups]
package tracegate.guardrails.identity.namespace_members

import data.tracegate.lib

findings contains {"path": "/metadata/namespace", "message": message} if {
	not lib.platform
	lib.policy.kind == "TracingPolicyNamespaced"
	groups := lib.organisation.namespaces[lib.policy.namespace].groups
	not lib.of_account(lib.policy.namespace)
	not member(groups)
	message := $"the namespace {lib.policy.namespace} belongs to {concat(", ", groups)}, and {input.subject.user} is of none"
}

member(groups) if {
	some group in input.subject.groups
	group in groups
}
