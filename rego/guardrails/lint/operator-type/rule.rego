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
	[types, takes] := tables
	some hook in lib.hooks
	some selector in hook.selectors
	some match in selector.matchArgs
	kind := takes[match.operator]
	not types[kind][match.type]
	message := $"{match.operator} on {hook.call} says nothing about an argument of type {match.type}"
}

findings contains {"path": match.path, "message": message} if {
	[types, takes] := tables
	some hook in lib.hooks
	some selector in hook.selectors
	some match in selector.matchReturnArgs
	kind := takes[match.operator]
	not types[kind][match.type]
	message := $"{match.operator} on {hook.call} says nothing about an argument of type {match.type}"
}

# METADATA
# description: The types of each kind, and what kind of them an operator is for; of the other operators nothing is said.
tables := [lib.organisation.types, lib.organisation.types.operators.takes]
