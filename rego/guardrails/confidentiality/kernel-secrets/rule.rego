# METADATA
# scope: package
# title: What the kernel keeps secret is not resolved
# description: >-
#   No path of resolve enters the keyrings of a process, its stack canary, or the contents of packets.
# custom:
#   id: TPG-506
#   severity: high
#   why: >-
#     With these an attacker who reads events takes over what the process may do.
#   fix: >-
#     Resolve user and group ids, names and states instead.
#   since: "0.1.0"
#   modes: {baseline: enforce, standard: enforce, strict: enforce}
#   monitor: keep
#   applies: [writes]
#   parameters: [programs]
package tracegate.guardrails.confidentiality.kernel_secrets

import data.tracegate.lib

findings contains {"path": arg.path, "message": message} if {
	some read in lib.resolved
	arg := read.arg
	some step in split(arg.resolve, ".")
	split(step, "[")[0] in lib.organisation.programs.secretFields
	message := $"{arg.resolve} on {read.hook.call} tells what the kernel keeps secret"
}

# METADATA
# description: What a packet, a message or a page holds is what programs say to each other.
findings contains {"path": arg.path, "message": message} if {
	some read in lib.resolved
	arg := read.arg
	arg.type in ["string", "char_buf"]
	steps := split(arg.resolve, ".")
	split(steps[count(steps) - 1], "[")[0] in lib.organisation.programs.contents
	message := $"{arg.resolve} on {read.hook.call} copies what programs send to each other into events"
}

findings contains {"path": arg.path, "message": message} if {
	some read in lib.reads
	arg := read.arg
	arg.btfType in lib.organisation.programs.secretTypes
	message := $"{arg.btfType} on {read.hook.call} is a structure that holds keys"
}
