# METADATA
# scope: package
# title: Owner, reason and ticket are named
# description: >-
#   A policy carries the annotations the organisation requires, none of them empty.
# custom:
#   id: TPG-101
#   severity: medium
#   why: >-
#     Who is woken at night by a kill has to know whose policy it is and what it is for.
#   fix: >-
#     Add what is named to metadata.annotations.
#   since: "0.1.0"
#   modes: {baseline: "off", standard: warn, strict: enforce}
#   monitor: keep
#   applies: [writes]
#   parameters: [annotations]
package tracegate.guardrails.identity.required_annotations

import data.tracegate.lib

findings contains {"path": "/metadata/annotations", "message": message} if {
	input.operation != "delete"
	missing := [key |
		some key in lib.organisation.annotations.required
		not says(object.get(lib.policy.annotations, key, ""))
	]
	count(missing) > 0
	message := $"{named(missing)} missing or empty: {concat(", ", missing)}"
}

named(keys) := "an annotation is" if count(keys) == 1

named(keys) := $"{count(keys)} annotations are" if count(keys) > 1

# METADATA
# description: What begins with a letter, as nearly all does, need not be trimmed, which costs more than the rest of this rule.
says(text) if {
	text >= "!"
	text < "~"
} else if trim_space(text) != ""
