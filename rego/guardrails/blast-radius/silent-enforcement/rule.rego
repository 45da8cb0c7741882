# METADATA
# scope: package
# title: Enforcement is heard of
# description: >-
#   A selector that enforces does not say NoPost.
# custom:
#   id: TPG-214
#   severity: high
#   why: >-
#     A kill without an event looks like a crash, and nobody finds the policy behind it.
#   fix: >-
#     Remove NoPost from the selector.
#   since: "0.1.0"
#   modes: {baseline: enforce, standard: enforce, strict: enforce}
#   monitor: warn
#   applies: [writes, enforces]
#   parameters: []
package tracegate.guardrails.blast_radius.silent_enforcement

import data.tracegate.lib

findings contains {"path": silence.path, "message": message} if {
	some strike in lib.strikes
	some silence in strike.selector.actions
	silence.action == "NoPost"
	message := $"{strike.action.action} on {strike.hook.call} would leave no event"
}
