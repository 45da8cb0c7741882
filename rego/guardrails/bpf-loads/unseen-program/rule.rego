# METADATA
# scope: package
# title: Nothing is loaded unseen
# description: >-
#   Programs were given numbers that nobody told of, one way of listing them shows what the other does not, or the
#   kernel had no room for records. Where only tracepoints are to be had, what comes and goes between two looks is
#   no finding.
# custom:
#   id: BPG-912
#   severity: high
#   why: >-
#     A program that hides itself or others shows as a hole between those that do not.
#   fix: >-
#     Read the record that the finding is about, and what was loaded around that time. If records were lost and
#     many programs were loaded, that is why; else take the host for one that somebody else rules.
#   since: "0.1.0"
#   modes: {baseline: enforce, standard: enforce, strict: enforce}
#   monitor: keep
#   exceptions: never
#   applies: [activity]
#   parameters: []
package tracegate.guardrails.bpf_loads.unseen_program

import data.tracegate.sightings

findings contains {"path": "/activity", "message": message} if {
	seen := sightings.of("unseen")
	told := words[seen.record]
	not expected(seen)
	message := $"{told}: {seen.detail}"
}

words := {
	"bpf.gap": "not all of what was done with eBPF was seen",
	"bpf.hidden": "something hides from one of two ways of asking the kernel",
	"bpf.missed": "an object was made that nobody told of",
}

expected(seen) if {
	seen.record == "bpf.missed"
	seen.view == "degraded"
}
