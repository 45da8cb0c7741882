# METADATA
# scope: package
# title: No override of calls that cannot fail
# description: >-
#   exit, futex, munmap, close, wait4 and their like are not overridden.
# custom:
#   id: TPG-206
#   severity: critical
#   why: >-
#     Programs do not expect them to fail: they hang, spin or corrupt their data.
#   fix: >-
#     Override the call that begins what you want to prevent.
#   since: "0.1.0"
#   modes: {baseline: enforce, standard: enforce, strict: enforce}
#   monitor: warn
#   exceptions: never
#   applies: [writes, overrides]
#   parameters: [hooks]
package tracegate.guardrails.blast_radius.corrupting_override

import data.tracegate.lib

findings contains {"path": strike.action.path, "message": message} if {
	some strike in lib.overrides
	strike.lists.corrupting
	message := $"callers of {strike.hook.call} do not survive its failure"
}
