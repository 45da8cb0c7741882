# METADATA
# scope: package
# title: Monitor first
# description: >-
#   A policy enforces on a hook only after it has stood in monitor mode with it: a new policy, or a new
#   enforcing hook, begins with policy-mode monitor.
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
#   parameters: []
package tracegate.guardrails.blast_radius.soak

import data.tracegate.lib

findings contains {"path": strike.action.path, "message": message} if {
	input.effectiveMode == "enforce"
	some strike in lib.strikes
	not stood(strike.hook.call)
	message := $"{strike.action.action} on {strike.hook.call} would be in force without having watched first"
}

stood(call) if {
	some hook in input.oldPolicy.hooks
	hook.call == call
	some selector in hook.selectors
	some action in array.concat(selector.actions, selector.returnActions)
	lib.strikes_with(action.action)
}
