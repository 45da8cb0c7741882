# METADATA
# scope: package
# title: Nobody names programs like ours
# description: >-
#   No program of others has a name that begins with tg_, as ours do.
# custom:
#   id: BPG-907
#   severity: high
#   why: >-
#     In every list it would pass for one of the guard's own.
#   fix: >-
#     Name the program otherwise.
#   since: "0.1.0"
#   modes: {baseline: enforce, standard: enforce, strict: enforce}
#   monitor: keep
#   exceptions: approved
#   applies: [loads]
#   parameters: []
package tracegate.guardrails.bpf_loads.imitated_name

import data.tracegate.loads

findings contains {"path": loads.path(index), "message": message} if {
	some index, program in loads.programs
	program.asks == "our-name"
	message := $"{loads.who} may not name a program tg_: these are the guard's own"
}
