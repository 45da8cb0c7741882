# METADATA
# scope: package
# title: An interpreter is no loader
# description: >-
#   An executable that runs scripts or other programs (data.bpf.interpreters) is never known by its file
#   alone, whether it is listed or learned.
# custom:
#   id: BPG-913
#   severity: critical
#   why: >-
#     The kernel sees the interpreter and not what it was told to run: whoever may run it could load
#     anything.
#   fix: >-
#     Build the loader into a program of its own and list that.
#   since: "0.1.0"
#   modes: {baseline: enforce, standard: enforce, strict: enforce}
#   monitor: keep
#   exceptions: never
#   applies: [loads]
#   parameters: [bpf]
package tracegate.guardrails.bpf_loads.interpreter

import data.tracegate.loads

findings contains {"path": "/load/loader", "message": message} if {
	loads.load.state == "known"
	loads.interpreter
	message := $"{loads.load.loader.path} loads what it is told by a script, which the kernel does not see: it cannot be allowed by its file alone"
}
