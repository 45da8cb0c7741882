# METADATA
# scope: package
# title: A script is known by its interpreter
# description: >-
#   No filter on programs names a script: the program that runs is its interpreter. Where something depends on
#   it, it is denied.
# custom:
#   id: TPG-705
#   severity: medium
#   why: >-
#     It looks like a guard and is none, or like an exemption that nobody gets.
#   fix: >-
#     Name the interpreter, or a compiled program.
#   since: "0.1.0"
#   modes: {baseline: enforce, standard: enforce, strict: enforce}
#   monitor: keep
#   applies: [writes]
#   parameters: [programs]
package tracegate.guardrails.lint.script_path

import data.tracegate.lib

findings contains {"path": match.path, "message": message, "severity": severity(selector, match)} if {
	some hook in lib.hooks
	some selector in hook.selectors
	some kind in ["matchBinaries", "matchParentBinaries"]
	some match in selector[kind]
	whole(match.operator)
	scripts := [value | some value in match.values; ends(value)]
	count(scripts) > 0
	message := $"{concat(", ", scripts)} on {hook.call} is run by an interpreter, and that is what is compared"
}

# METADATA
# description: Most programs have no point in their path, and need not be compared with every ending.
ends(value) if {
	contains(value, ".")
	some ending in endings
	endswith(value, ending)
}

ends(value) if {
	some ending in pointless
	endswith(value, ending)
}

pointless := [ending | some ending in endings; not contains(ending, ".")]

whole("In")

whole("NotIn")

whole("Postfix")

endings := lib.organisation.programs.scripts

severity(selector, match) := "deny" if {
	match.operator in ["In", "Postfix"]
	lib.enforces(selector)
} else := "warn"
