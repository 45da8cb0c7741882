# METADATA
# scope: package
# title: Hot hooks are filtered in the kernel
# description: >-
#   A hook that the whole host passes many thousand times a second has a filter in each of its
#   selectors. Scheduler and interrupt paths are hot whatever the filter.
# custom:
#   id: TPG-401
#   severity: high
#   why: >-
#     Each call costs, filtered or not; each event costs a hundred times more.
#   fix: >-
#     Add matchArgs, matchBinaries or matchPIDs, or hook something that happens less often.
#   since: "0.1.0"
#   modes: {baseline: warn, standard: warn, strict: enforce}
#   monitor: keep
#   applies: [writes]
#   parameters: [hooks]
package tracegate.guardrails.performance.hot_hook

import data.tracegate.lib

findings contains {"path": selector.path, "message": message} if {
	some hook in lib.hot_hooks
	some selector in hook.selectors
	open(selector)
	message := $"{hook.call} is called very often, and this selector takes every call"
}

findings contains {"path": hook.path, "message": message} if {
	some hook in lib.hooks_on("interrupt")
	message := $"{hook.call} is in the path of the scheduler or of interrupts, where every microsecond is everybody's"
}

open(selector) if not lib.filtered(selector)

# METADATA
# description: A filter that lets everything pass spares the host nothing.
open(selector) if {
	lib.reach(selector) == "all"
}
