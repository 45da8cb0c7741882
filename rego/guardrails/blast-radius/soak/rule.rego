# METADATA
# scope: package
# title: Monitor first
# description: >-
#   A policy enforces on a hook only after it has stood in monitor mode with it: a new policy, or a new
#   enforcing hook, begins with policy-mode monitor. From watching it goes to enforcing when it has watched as long
#   as the organisation wants (`soakMinutes`), and would not have acted more often than it wants (`wouldHave`).
# custom:
#   id: TPG-216
#   severity: medium
#   why: >-
#     What a policy would have hit is known only after it has watched for a while.
#   fix: >-
#     Submit it with the option policy-mode monitor, look at its events, then turn it to enforce.
#   since: "0.1.0"
#   modes: {baseline: "off", standard: warn, strict: enforce}
#   monitor: warn
#   applies: [writes, enforces, in_force]
#   parameters: [limits]
package tracegate.guardrails.blast_radius.soak

import data.tracegate.lib

findings contains {"path": strike.action.path, "message": message} if {
	input.effectiveMode == "enforce"
	some strike in lib.strikes
	not stood(strike.hook.call)
	message := $"{strike.action.action} on {strike.hook.call} would be in force without having watched first"
}

findings contains {"path": "", "message": message} if {
	promoted
	input.standing.watchedMinutes < lib.organisation.limits.soakMinutes
	message := $"it has watched for {input.standing.watchedMinutes} of the {lib.organisation.limits.soakMinutes} minutes that are asked for"
}

findings contains {"path": "", "message": message} if {
	promoted
	lib.organisation.limits.wouldHave >= 0
	input.standing.wouldHave > lib.organisation.limits.wouldHave
	message := $"it would have acted {input.standing.wouldHave} times while it watched, and {lib.organisation.limits.wouldHave} are let pass"
}

findings contains {"path": "", "message": "no host tells how often it would have acted"} if {
	promoted
	lib.organisation.limits.wouldHave >= 0
	object.get(input.standing, "wouldHave", -1) < 0
}

findings contains {"path": "", "message": "how long it has watched is known to the gate only"} if {
	input.effectiveMode == "enforce"
	count(lib.strikes) > 0
	lib.organisation.limits.soakMinutes > 0
	input.oldPolicy.mode == "monitor"
	not input.standing
}

# METADATA
# description: It is to enforce from now on, and has only watched until now.
promoted if {
	input.effectiveMode == "enforce"
	count(lib.strikes) > 0
	input.standing.mode == "monitor"
}

stood(call) if {
	some hook in input.oldPolicy.hooks
	hook.call == call
	some selector in hook.selectors
	lib.enforces(selector)
}
