# METADATA
# scope: package
# title: An operator fits the type
# description: >-
#   Prefix, Postfix and their negations are for text, GT, LT and Mask for numbers. What a type left to the host
#   (auto) turns out to be is looked at again there.
# custom:
#   id: TPG-711
#   severity: high
#   why: >-
#     A kernel program ignores an operator it cannot apply, and the guard is none.
#   fix: >-
#     Use an operator that the type knows, or read the argument as another type.
#   since: "0.1.0"
#   modes: {baseline: enforce, standard: enforce, strict: enforce}
#   monitor: keep
#   applies: [writes]
#   parameters: [types]
package tracegate.guardrails.lint.operator_type

import data.tracegate.lib

findings contains {"path": match.path, "message": message} if {
	some hook in lib.hooks
	some selector in hook.selectors
	some kind in kinds
	some match in selector[kind]
	misfit(match)
	message := $"{match.operator} on {hook.call} says nothing about an argument of type {match.type}"
}

kinds := ["matchArgs", "matchReturnArgs"]

misfit(match) if {
	lib.of_text[match.operator]
	not lib.text(match.type)
}

misfit(match) if {
	lib.of_numbers[match.operator]
	not lib.largest_of[match.type]
}
