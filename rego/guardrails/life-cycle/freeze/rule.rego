# METADATA
# scope: package
# title: Nothing changes while changes are frozen
# description: >-
#   Between the times of a freeze in the organisation’s data nobody changes a policy; the platform may, with a
#   stated reason, and is warned.
# custom:
#   id: TPG-805
#   severity: medium
#   why: >-
#     Before a holiday or during a launch nobody wants to look for what a new policy has stopped.
#   fix: >-
#     Wait for the end of the freeze, or ask the platform team.
#   since: "0.1.0"
#   modes: {baseline: enforce, standard: enforce, strict: enforce}
#   monitor: keep
#   applies: []
#   parameters: [freezes, groups]
package tracegate.guardrails.life_cycle.freeze

import data.tracegate.lib

findings contains {"path": "", "message": message, "severity": severity} if {
	some freeze in lib.organisation.freezes
	now := substring(input.time, 0, 19)
	substring(freeze.from, 0, 19) <= now
	now < substring(freeze.until, 0, 19)
	message := $"changes are frozen until {freeze.until}: {freeze.reason}"
}

severity := "warn" if {
	lib.platform
	lib.stated_reason != ""
} else := "deny"
