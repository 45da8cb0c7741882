# METADATA
# scope: package
# title: A process is not known by its number
# description: >-
#   An enforcing selector names no process by its number, and a watching one is named.
# custom:
#   id: TPG-707
#   severity: medium
#   why: >-
#     Numbers are used again: tomorrow somebody else has it, and dies in its place.
#   fix: >-
#     Name the program with matchBinaries In.
#   since: "0.1.0"
#   modes: {baseline: warn, standard: warn, strict: enforce}
#   monitor: keep
#   applies: [writes]
#   parameters: []
package tracegate.guardrails.lint.fixed_process

import data.tracegate.lib

findings contains {"path": match.path, "message": message, "severity": severity(selector)} if {
	some hook in lib.hooks
	some selector in hook.selectors
	some match in selector.matchPIDs
	match.operator == "In"
	numbers := [pid | some pid in match.values; pid > 2]
	count(numbers) > 0
	message := $"process {numbers[0]} on {hook.call} is another one after its end"
}

severity(selector) := "deny" if {
	lib.enforces(selector)
} else := "info"
