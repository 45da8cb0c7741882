# METADATA
# scope: package
# title: Other monitors are left alone
# description: >-
#   No enforcing action is aimed at the host's monitoring and audit programs.
# custom:
#   id: TPG-308
#   severity: high
#   why: >-
#     An attacker with a policy would put these out first.
#   fix: >-
#     Remove the program from matchBinaries.
#   since: "0.1.0"
#   modes: {baseline: enforce, standard: enforce, strict: enforce}
#   monitor: keep
#   applies: [writes, enforces]
#   parameters: [protected]
package tracegate.guardrails.self_protection.other_monitors

import data.tracegate.lib
import data.tracegate.paths

findings contains {"path": match.path, "message": message} if {
	some strike in lib.strikes
	some match in strike.selector.matchBinaries
	programs := named(paths.included(match, paths.lists.monitors))
	message := $"{strike.action.action} on {strike.hook.call} is aimed at the monitor {programs}"
}

findings contains {"path": match.path, "message": message} if {
	some strike in lib.strikes
	lib.executes(strike.hook)
	some match in strike.selector.matchArgs
	lib.text(match.type)
	not lib.vacuous(match)
	programs := named(paths.aimed_at(match, paths.lists.monitors))
	message := $"{strike.action.action} on {strike.hook.call} is aimed at the start of the monitor {programs}"
}

# METADATA
# description: A wide filter is about dozens of them; a few say what is meant.
named(programs) := concat(", ", array.slice(sort(programs), 0, 3)) if count(programs) > 0
