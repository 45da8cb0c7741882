# METADATA
# scope: package
# title: Nobody changes what functions return
# description: >-
#   A program that uses bpf_override_return is handed out only to a loader whose entry says so (`may:
#   [override]`).
# custom:
#   id: BPG-904
#   severity: critical
#   why: >-
#     It makes system calls lie: files that are there cannot be opened, and checks pass that failed.
#   fix: >-
#     Leave the helper out, or grant `override` to the loader's entry.
#   since: "0.1.0"
#   modes: {baseline: enforce, standard: enforce, strict: enforce}
#   monitor: keep
#   exceptions: approved
#   applies: [loads]
#   parameters: [bpf]
package tracegate.guardrails.bpf_loads.overriding

import data.tracegate.loads

findings contains {"path": loads.path(index), "message": message} if {
	some index, program in loads.programs
	program.asks == "override"
	not loads.granted("override")
	message := $"{loads.who} may not load programs that change what functions return"
}
