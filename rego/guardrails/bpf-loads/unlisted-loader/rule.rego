# METADATA
# scope: package
# title: Only known loaders load programs
# description: >-
#   A BPF program is loaded, attached or pinned by an executable that is on the allow-list
#   (data.bpf.loaders) or in the accepted baseline, for the types of programs that it may load. Nobody is
#   known by a name: the file is, by its digest.
# custom:
#   id: BPG-901
#   severity: critical
#   why: >-
#     A BPF program reads and changes whatever the kernel does; who may load one is as good as the kernel.
#   fix: >-
#     Put the loader on the allow-list in the organisation's data with its path and digest, or accept it
#     in the baseline.
#   since: "0.1.0"
#   modes: {baseline: enforce, standard: enforce, strict: enforce}
#   monitor: keep
#   exceptions: approved
#   applies: [loads]
#   parameters: [bpf]
package tracegate.guardrails.bpf_loads.unlisted_loader

import data.tracegate.loads

findings contains {"path": loads.path(index), "message": message} if {
	some index, program in loads.programs
	program.asks == "type"
	not loads.permitted(program.type)
	message := $"{loads.who} may not load programs of type {program.type}"
}

findings contains {"path": loads.path(index), "message": message} if {
	some index, program in loads.programs
	program.asks == "pin"
	not loads.listed
	not loads.essential
	message := $"{loads.who} may not pin BPF objects"
}
