# METADATA
# scope: package
# title: Some functions are never hooked
# description: >-
#   Spin locks, RCU, NMI and entry code, the core of the scheduler, clocks and printk are not hooked.
# custom:
#   id: TPG-402
#   severity: critical
#   why: >-
#     A probe there deadlocks or crawls to a halt: the host is lost.
#   fix: >-
#     Hook the operation you are interested in, not the machinery under it.
#   since: "0.1.0"
#   modes: {baseline: enforce, standard: enforce, strict: enforce}
#   monitor: keep
#   exceptions: never
#   applies: [writes]
#   parameters: [hooks]
package tracegate.guardrails.performance.never_hook

import data.tracegate.lib

findings contains {"path": hook.path, "message": message} if {
	some hook in lib.hooks_on("never")
	not hook.syscall
	message := $"{hook.call} is part of the machinery that probes themselves run on"
}
