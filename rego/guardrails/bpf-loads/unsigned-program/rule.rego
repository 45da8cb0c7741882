# METADATA
# scope: package
# title: Programs are signed where signatures are demanded
# description: >-
#   Where the organisation demands it (data.bpf.signing is "required") and the kernel checks signatures of BPF
#   programs (6.18 and later), a program comes with one, by a key of the system's and not of a user's keyring.
# custom:
#   id: BPG-909
#   severity: medium
#   why: >-
#     The digest of a loader says nothing of the programs that it reads from files beside it; their signature does.
#   fix: >-
#     Sign the program when it is built, with a key in the kernel's own keyrings.
#   since: "0.1.0"
#   modes: {baseline: warn, standard: warn, strict: enforce}
#   monitor: keep
#   exceptions: approved
#   applies: [activity]
#   parameters: [bpf]
package tracegate.guardrails.bpf_loads.unsigned_program

import data.tracegate.loads
import data.tracegate.sightings

findings contains {"path": "/activity/program/signature", "message": message} if {
	loads.bpf.signing == "required"
	seen := sightings.loaded
	seen.kernelChecks
	problem := problems[seen.program.signature]
	message := $"{sightings.who} loads {sightings.what} {problem}"
}

problems := {
	"none": "without a signature",
	"user": "with a signature by a key of a user's keyring",
}
