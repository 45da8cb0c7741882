# METADATA
# scope: package
# title: Kills have a budget
# description: >-
#   A policy that kills names how many kills a minute and host it may make, in an annotation, and no
#   more than the organisation allows.
# custom:
#   id: TPG-217
#   severity: medium
#   why: >-
#     A policy that hits the wrong program should run dry before the host does.
#   fix: >-
#     Add the annotation tracegate.io/max-kills-per-minute with a number up to the limit.
#   since: "0.1.0"
#   modes: {baseline: "off", standard: warn, strict: enforce}
#   monitor: warn
#   applies: [writes, kills, in_force]
#   parameters: [annotations, limits]
package tracegate.guardrails.blast_radius.kill_budget

import data.tracegate.lib

findings contains {"path": "/metadata/annotations", "message": message} if {
	count(lib.kills) > 0
	input.effectiveMode == "enforce"
	not within_limit
	message := $"the annotation {lib.organisation.annotations.maxKills} does not name a number of kills from 1 to {lib.organisation.limits.killsPerMinute}"
}

within_limit if {
	text := lib.policy.annotations[lib.organisation.annotations.maxKills]
	regex.match("^[0-9]{1,6}$", text)
	to_number(text) >= 1
	to_number(text) <= lib.organisation.limits.killsPerMinute
}
