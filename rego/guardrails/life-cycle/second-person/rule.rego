# METADATA
# scope: package
# title: Enforcement has a second person
# description: >-
#   What enforces and is in force was approved, for exactly this text, by somebody else than who submits it and
#   who wrote it. An approval is good for one change.
# custom:
#   id: TPG-802
#   severity: high
#   why: >-
#     One mistake, or one stolen account, should not be enough to stop other people’s work.
#   fix: >-
#     Ask a member of the approvers groups for `tracegate policy approve NAME --digest DIGEST` (the digest is in the
#     decision), or for an entry in approvals in the organisation’s data.
#   since: "0.1.0"
#   modes: {baseline: off, standard: warn, strict: enforce}
#   monitor: keep
#   applies: [writes, enforces, in_force]
#   parameters: [approvals]
package tracegate.guardrails.life_cycle.second_person

import data.tracegate.lib

findings contains {"path": "", "message": message} if {
	count(lib.strikes) > 0
	input.effectiveMode == "enforce"
	not approved
	not already_enforced
	message := $"nobody but {input.subject.user} has approved {lib.policy.digest}"
}

approved if {
	some approval in lib.organisation.approvals
	approval.digest == lib.policy.digest
	approval.approver != input.subject.user
	substring(input.time, 0, 19) < substring(approval.until, 0, 19)
}

approved if {
	some approval in input.approvals
	approval.digest == lib.policy.digest
	approval.approver != input.subject.user
	substring(input.time, 0, 19) < substring(approval.until, 0, 19)
}

# METADATA
# description: The same text is in force already, and to switch it off and on again needs nobody else.
already_enforced if {
	input.standing.mode == "enforce"
	input.oldPolicy.digest == lib.policy.digest
}
