# METADATA
# scope: package
# title: Nobody hooks what shows files, processes and records
# description: >-
#   No program is put on the functions that list folders, send signals, print the kernel's log or write
#   audit records, unless the loader's entry says so (`may: [hiding]`).
# custom:
#   id: BPG-905
#   severity: high
#   why: >-
#     That is where rootkits stand: what these functions do not tell, nobody sees.
#   fix: >-
#     Hook something else, or grant `hiding` to the loader's entry.
#   since: "0.1.0"
#   modes: {baseline: enforce, standard: enforce, strict: enforce}
#   monitor: keep
#   exceptions: approved
#   applies: [loads]
#   parameters: [bpf]
package tracegate.guardrails.bpf_loads.hiding_target

import data.tracegate.loads

findings contains {"path": loads.path(index), "message": message} if {
	some index, program in loads.programs
	program.asks == "hiding-target"
	not loads.granted("hiding")
	message := $"{loads.who} may not hook what lists files and writes records"
}
