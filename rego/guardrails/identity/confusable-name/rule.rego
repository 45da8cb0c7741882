# METADATA
# scope: package
# title: No name imitates a reserved one
# description: >-
#   A name that reads like a reserved or protected one (other digits, letters or separators) is
#   refused.
# custom:
#   id: TPG-104
#   severity: high
#   why: >-
#     At three in the morning guard. and gu4rd- are read as guard-.
#   fix: >-
#     Choose a name that does not look like a reserved one.
#   since: "0.1.0"
#   modes: {baseline: enforce, standard: enforce, strict: enforce}
#   monitor: keep
#   applies: [writes, outsider]
#   parameters: [names, protected]
package tracegate.guardrails.identity.confusable_name

import data.tracegate.lib

skeleton(name) := replaced if {
	lowered := lower(name)
	first := replace(replace(replace(lowered, "_", "-"), ".", "-"), "--", "-")
	second := replace(replace(replace(replace(first, "0", "o"), "1", "l"), "3", "e"), "4", "a")
	third := replace(replace(replace(replace(second, "5", "s"), "6", "g"), "7", "t"), "9", "g")
	replaced := replace(replace(third, "q", "g"), "cl", "d")
}

findings contains {"path": "/metadata/name", "message": message} if {
	not lib.platform
	input.operation != "delete"
	some prefix in lib.organisation.names.reserved
	not startswith(lib.policy.name, prefix)
	startswith(skeleton(lib.policy.name), skeleton(prefix))
	message := $"the name {lib.policy.name} reads like one that begins with {prefix}"
}

findings contains {"path": "/metadata/name", "message": message} if {
	not lib.platform
	input.operation != "delete"
	some protected in lib.organisation.protected.policies
	protected != lib.policy.name
	skeleton(protected) == skeleton(lib.policy.name)
	message := $"the name {lib.policy.name} reads like that of the protected policy {protected}"
}
