# METADATA
# scope: package
# title: Changes come through the deployer
# description: >-
#   Policies are submitted by a member of the deployers groups.
# custom:
#   id: TPG-804
#   severity: medium
#   why: >-
#     What went through review and is in the repository is what should run.
#   fix: >-
#     Open a change in the repository the policies are deployed from; try it with a dry run or
#     `tracegate review`.
#   since: "0.1.0"
#   modes: {baseline: "off", standard: warn, strict: enforce}
#   monitor: keep
#   applies: []
#   parameters: [groups]
package tracegate.guardrails.life_cycle.deployer

import data.tracegate.lib

findings contains {"path": "", "message": message} if {
	not deployer
	message := $"{input.subject.user} is in none of the deployers groups"
}

deployer if {
	some group in input.subject.groups
	group in lib.organisation.groups.deployers
}
