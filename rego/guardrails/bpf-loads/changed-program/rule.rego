# METADATA
# scope: package
# title: A program keeps its instructions
# description: >-
#   A program that a loader has loaded before under this name and as this type comes with instructions that were
#   not seen yet: another tag. Each new one is told once; a new kernel begins anew.
# custom:
#   id: BPG-908
#   severity: medium
#   why: >-
#     Who has got into the making of a known program needs no new name and no new loader.
#   fix: >-
#     Compare it with what was rolled out. If nobody did, take the loader off the allow-list and look where its
#     file came from.
#   since: "0.1.0"
#   modes: {baseline: warn, standard: warn, strict: enforce}
#   monitor: keep
#   exceptions: approved
#   applies: [activity]
#   parameters: []
package tracegate.guardrails.bpf_loads.changed_program

import data.tracegate.sightings

findings contains {"path": "/activity/program/tag", "message": message} if {
	seen := sightings.loaded
	seen.program.name != ""
	count(seen.before) > 0
	not seen.program.tag in seen.before
	message := $"{sightings.who} loads {seen.program.name} ({seen.program.type}) with other instructions than before: {seen.program.tag}{sightings.loader_too}"
}
