# METADATA
# scope: package
# title: Programs are not rewritten
# description: >-
#   No action writes into the memory of a program (Set).
# custom:
#   id: TPG-602
#   severity: high
#   why: >-
#     The program goes on with a value that it never had: it may crash, or do what nobody has tested.
#   fix: >-
#     Use Sigkill, or configure the program itself.
#   since: "0.1.0"
#   modes: {baseline: warn, standard: warn, strict: enforce}
#   monitor: keep
#   applies: [writes, enforces]
#   parameters: []
package tracegate.guardrails.integrity.program_memory

import data.tracegate.lib

findings contains {"path": strike.action.path, "message": message} if {
	some strike in lib.strikes
	strike.action.action == "Set"
	message := $"Set at {strike.hook.call} overwrites memory of the program that runs there"
}
