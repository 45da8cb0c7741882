# METADATA
# scope: package
# title: Nobody hooks what guards BPF itself
# description: >-
#   No program is put on the kernel's checks of BPF, on its LSM hooks or on programs of ours, unless the
#   loader's entry says so (`may: [internals]`).
# custom:
#   id: BPG-903
#   severity: critical
#   why: >-
#     Whoever hooks these can hide programs, blind the audit or turn the gate off from within the kernel.
#   fix: >-
#     Hook something else, or grant `internals` to the loader's entry.
#   since: "0.1.0"
#   modes: {baseline: enforce, standard: enforce, strict: enforce}
#   monitor: keep
#   exceptions: never
#   applies: [loads]
#   parameters: [bpf]
package tracegate.guardrails.bpf_loads.guard_target

import data.tracegate.loads

findings contains {"path": loads.path(index), "message": message} if {
	some index, program in loads.programs
	program.asks == "guard-target"
	not loads.granted("internals")
	message := $"{loads.who} may not hook what guards BPF programs"
}
