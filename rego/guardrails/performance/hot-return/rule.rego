# METADATA
# scope: package
# title: Returns of hot hooks are left alone
# description: >-
#   A hook that the whole host passes does not ask for the return value, unless its filters say what is meant.
# custom:
#   id: TPG-410
#   severity: medium
#   why: >-
#     A return probe costs about as much again, and there is only so much room for calls under way:
#     events get lost.
#   fix: >-
#     Remove return: true, add a filter that says what is meant, or hook something that happens less often.
#   since: "0.1.0"
#   modes: {baseline: warn, standard: warn, strict: enforce}
#   monitor: keep
#   applies: [writes]
#   parameters: [hooks]
package tracegate.guardrails.performance.hot_return

import data.tracegate.lib

findings contains {"path": concat("", [hook.path, "/return"]), "message": message} if {
	some wide in lib.hot_wide
	hook := wide.hook
	hook.return
	message := $"{hook.call} is called very often, and its return is hooked too"
}
