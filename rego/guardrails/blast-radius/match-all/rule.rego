# METADATA
# scope: package
# title: A filter of an enforcing selector filters
# description: >-
#   No filter of an enforcing selector lets everything pass: Prefix "/", an empty value, GT below zero,
#   LT beyond the type.
# custom:
#   id: TPG-218
#   severity: high
#   why: >-
#     Whoever reads the policy sees a filter, and there is none.
#   fix: >-
#     Give the filter values that tell one call from another, or remove it.
#   since: "0.1.0"
#   modes: {baseline: enforce, standard: enforce, strict: enforce}
#   monitor: warn
#   applies: [writes, enforces]
#   parameters: []
package tracegate.guardrails.blast_radius.match_all

import data.tracegate.lib

findings contains {"path": match.path, "message": message} if {
	some strike in lib.strikes
	some match in strike.selector.matchArgs
	lib.positive(match.operator)
	lib.vacuous(match)
	message := $"{match.operator} {concat(", ", match.values)} lets every {match.type} pass, and {strike.action.action} on {strike.hook.call} follows"
}
