# METADATA
# scope: package
# title: One policy enforces in few places
# description: >-
#   A policy enforces on no more hooks than the organisation's limit (three as shipped).
# custom:
#   id: TPG-215
#   severity: medium
#   why: >-
#     A mistake in one policy should not take many things away at once.
#   fix: >-
#     Split the policy, and bring the parts into force one after the other.
#   since: "0.1.0"
#   modes: {baseline: warn, standard: warn, strict: enforce}
#   monitor: warn
#   applies: [writes, enforces]
#   parameters: [limits]
package tracegate.guardrails.blast_radius.many_enforcing_hooks

import data.tracegate.lib

findings contains {"path": "/spec", "message": message} if {
	calls := {strike.hook.call | some strike in lib.strikes}
	count(calls) > lib.organisation.limits.enforcingHooks
	message := $"the policy enforces on {count(calls)} hooks, and {lib.organisation.limits.enforcingHooks} are the limit"
}
