# METADATA
# scope: package
# title: No kill of everybody but the listed
# description: >-
#   A kill needs a filter that says whom, not only filters that say whom not (NotIn, NotEqual,
#   NotPrefix, NotPostfix).
# custom:
#   id: TPG-203
#   severity: critical
#   why: >-
#     Everything that was forgotten in the list dies: the next upgrade's new helper first.
#   fix: >-
#     Add a positive filter beside the exception, or use Override with the exception.
#   since: "0.1.0"
#   modes: {baseline: enforce, standard: enforce, strict: enforce}
#   monitor: warn
#   applies: [writes, kills]
#   parameters: []
package tracegate.guardrails.blast_radius.kill_by_exception

import data.tracegate.lib

findings contains {"path": strike.action.path, "message": message} if {
	some strike in lib.kills
	strike.reach == "others"
	message := $"{strike.action.action} on {strike.hook.call} ends everything that is not listed"
}
