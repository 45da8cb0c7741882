# METADATA
# scope: package
# title: Signals end a process or say something
# description: >-
#   Signal does not stop or continue a process, does not make it dump core, and is no real-time signal.
# custom:
#   id: TPG-211
#   severity: high
#   why: >-
#     A stopped service holds its locks and ports; a core dump writes its memory to disk.
#   fix: >-
#     Use Sigkill, or argSig 15 (SIGTERM).
#   since: "0.1.0"
#   modes: {baseline: enforce, standard: enforce, strict: enforce}
#   monitor: warn
#   applies: [writes, enforces]
#   parameters: []
package tracegate.guardrails.blast_radius.odd_signal

import data.tracegate.lib

stopping := [18, 19, 20, 21, 22]

dumping := [3, 4, 5, 6, 7, 8, 11, 24, 25, 31]

findings contains {"path": strike.action.path, "message": message} if {
	some strike in lib.strikes
	strike.action.action == "Signal"
	effect := effect_of(strike.action.argSig)
	message := $"signal {strike.action.argSig} on {strike.hook.call} {effect}"
}

effect_of(number) := "stops or continues the process" if number in stopping

effect_of(number) := "makes the process dump its memory" if number in dumping

effect_of(number) := "is a real-time signal, which means what the program makes of it" if number > 31
