# METADATA
# scope: package
# title: No enforcing where anybody may be current
# description: >-
#   Functions and tracepoints of the scheduler and of interrupt paths run in whatever process happens
#   to be there; nothing is enforced from them.
# custom:
#   id: TPG-205
#   severity: critical
#   why: >-
#     The process that dies is a random one.
#   fix: >-
#     Hook the system call or the security_ function through which the process itself acts.
#   since: "0.1.0"
#   modes: {baseline: enforce, standard: enforce, strict: enforce}
#   monitor: warn
#   exceptions: never
#   applies: [writes, enforces]
#   parameters: [hooks]
package tracegate.guardrails.blast_radius.interrupt_context

import data.tracegate.lib

findings contains {"path": strike.action.path, "message": message} if {
	some strike in lib.strikes
	elsewhere(strike.lists)
	message := $"{strike.action.action} on {strike.hook.call} would hit whichever process was interrupted"
}

elsewhere(lists) if lists.interrupt

elsewhere(lists) if lists.asynchronous
