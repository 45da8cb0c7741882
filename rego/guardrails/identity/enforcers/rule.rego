# METADATA
# scope: package
# title: Override, Sigkill and Signal need an enforcer
# description: >-
#   A policy that kills, signals or overrides and is in force needs somebody of the enforcers or
#   platform groups. In monitor mode it does not; turning it to enforce does.
# custom:
#   id: TPG-113
#   severity: critical
#   why: >-
#     Stopping other people's processes is another power than watching them.
#   fix: >-
#     Submit it with policy-mode monitor, or ask a member of the enforcers group to submit it.
#   since: "0.1.0"
#   modes: {baseline: enforce, standard: enforce, strict: enforce}
#   monitor: keep
#   applies: [writes, in_force, enforces, outsider]
#   parameters: [groups]
package tracegate.guardrails.identity.enforcers

import data.tracegate.lib

findings contains {"path": strike.action.path, "message": message} if {
	not lib.enforcer
	input.effectiveMode == "enforce"
	some strike in lib.strikes
	message := $"{strike.action.action} on {strike.hook.call} needs the enforcers group, and {input.subject.user} is not in it"
}
