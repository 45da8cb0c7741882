# METADATA
# scope: package
# title: argError is an error
# description: >-
#   argError is negative. Zero or more, or leaving it out, does not deny the call: it tells the caller
#   that it succeeded.
# custom:
#   id: TPG-207
#   severity: critical
#   why: >-
#     fsync that did nothing loses data, setuid that did nothing leaves a program root; and behind a
#     security check 0 means go on.
#   fix: >-
#     Use argError: -1 (EPERM).
#   since: "0.1.0"
#   modes: {baseline: enforce, standard: enforce, strict: enforce}
#   monitor: keep
#   exceptions: never
#   applies: [writes, overrides]
#   parameters: []
package tracegate.guardrails.blast_radius.faked_success

import data.tracegate.lib

findings contains {"path": strike.action.path, "message": message} if {
	some strike in lib.overrides
	not fails(strike.action)
	message := $"Override on {strike.hook.call} with argError {object.get(strike.action, "argError", 0)} fakes success"
}

fails(action) if action.argError < 0
