# METADATA
# scope: package
# title: Owners are changed by the platform
# description: >-
#   The annotations that the organisation requires are neither removed nor given another value by anybody but the
#   platform.
# custom:
#   id: TPG-809
#   severity: medium
#   why: >-
#     Whose policy it is, and why it is there, is what others go by.
#   fix: >-
#     Leave the annotation as it is, or ask the platform team.
#   since: "0.1.0"
#   modes: {baseline: off, standard: warn, strict: enforce}
#   monitor: keep
#   applies: [updates]
#   parameters: [annotations, groups]
package tracegate.guardrails.life_cycle.ownership

import data.tracegate.lib

findings contains {"path": "/metadata/annotations", "message": message} if {
	not lib.platform
	some key in lib.organisation.annotations.required
	key != "tracegate.io/reason"
	was := trim_space(object.get(input.oldPolicy.annotations, key, ""))
	was != ""
	trim_space(object.get(lib.policy.annotations, key, "")) != was
	message := $"the annotation {key} was {was}, and is changed by the platform only"
}
