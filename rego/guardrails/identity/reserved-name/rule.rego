# METADATA
# scope: package
# title: Reserved names belong to the platform
# description: >-
#   Names that begin with a reserved prefix, and those of protected policies, may be used, changed and
#   deleted by the platform only.
# custom:
#   id: TPG-103
#   severity: high
#   why: >-
#     A name is what people and machines tell a guard from an ordinary policy by.
#   fix: >-
#     Choose a name without the reserved prefix.
#   since: "0.1.0"
#   modes: {baseline: enforce, standard: enforce, strict: enforce}
#   monitor: keep
#   applies: [outsider]
#   parameters: [names, groups]
package tracegate.guardrails.identity.reserved_name

import data.tracegate.lib

findings contains {"path": "/metadata/name", "message": message} if {
	not lib.platform
	some prefix in lib.organisation.names.reserved
	startswith(lib.policy.name, prefix)
	message := $"names that begin with {prefix} are the platform's, and {input.subject.user} is not of it"
}

findings contains {"path": "/metadata/name", "message": message} if {
	not lib.platform
	lib.policy.name in lib.organisation.protected.policies
	message := $"the policy {lib.policy.name} is protected, and {input.subject.user} is not of the platform"
}
