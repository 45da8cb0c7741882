# METADATA
# scope: package
# title: A guard is deleted with a reason
# description: >-
#   A guard or protected policy is deleted by the platform only, with a stated reason, and it is warned
#   of even then.
# custom:
#   id: TPG-801
#   severity: critical
#   why: >-
#     The quickest way round a guard is to delete it.
#   fix: >-
#     State the reason (?reason= or the annotation tracegate.io/reason), as a member of the platform
#     groups.
#   since: "0.1.0"
#   modes: {baseline: enforce, standard: enforce, strict: enforce}
#   monitor: keep
#   exceptions: never
#   applies: [deletes, guards]
#   parameters: [protected, groups]
package tracegate.guardrails.life_cycle.guard_deletion

import data.tracegate.lib

findings contains {"path": "/metadata/name", "message": message} if {
	input.operation == "delete"
	lib.guard
	not lib.platform
	message := $"the guard {lib.policy.name} is deleted by the platform only, and {input.subject.user} is not of it"
}

findings contains {"path": "/metadata/name", "message": message} if {
	input.operation == "delete"
	lib.guard
	lib.stated_reason == ""
	message := $"the guard {lib.policy.name} is to be deleted without a reason"
}

findings contains {"path": "/metadata/name", "message": message, "severity": "warn"} if {
	input.operation == "delete"
	lib.guard
	message := $"the guard {lib.policy.name} protects nothing from now on"
}
