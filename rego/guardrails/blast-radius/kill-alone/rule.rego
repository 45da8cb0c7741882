# METADATA
# scope: package
# title: A kill may come too late
# description: >-
#   A kill without Override beside it ends the process, but where no host is known to deny the call
#   first, what the process began may still happen.
# custom:
#   id: TPG-213
#   severity: low
#   why: >-
#     A symlink is there although its maker died.
#   fix: >-
#     Where the effect itself has to be prevented, add Override before Sigkill, or hook what takes one: the system call, its LSM hook.
#   since: "0.1.0"
#   modes: {baseline: info, standard: info, strict: info}
#   monitor: keep
#   applies: [writes, kills]
#   parameters: []
package tracegate.guardrails.blast_radius.kill_alone

import data.tracegate.lib

findings contains {"path": strike.action.path, "message": message} if {
	some strike in lib.kills
	not overridden(strike.selector)
	not denied_first(strike.hook)
	message := $"the call of {strike.hook.call} that earns {strike.action.action} may still take effect"
}

overridden(selector) if {
	some action in selector.actions
	action.action == "Override"
}

denied_first(hook) if {
	guarantees := [plan.guarantee | some plan in input.planned; plan.path == hook.path]
	count(guarantees) > 0
	every guarantee in guarantees { guarantee == "denied-before-effect" }
}
