# METADATA
# scope: package
# title: A guard is changed with a reason
# description: >-
#   A change of a guard needs the platform and a stated reason; one that weakens it (monitor mode,
#   fewer hooks or actions, other filters, fewer events told, fewer kills) is warned of even then.
# custom:
#   id: TPG-303
#   severity: critical
#   why: >-
#     The way round a guard is to edit it.
#   fix: >-
#     State the reason (?reason= or the annotation tracegate.io/reason), as a member of the platform
#     groups.
#   since: "0.1.0"
#   modes: {baseline: enforce, standard: enforce, strict: enforce}
#   monitor: keep
#   applies: [updates, guards]
#   parameters: []
package tracegate.guardrails.self_protection.weakened_guard

import data.tracegate.lib

changed if input.oldPolicy.digest != lib.policy.digest

changed if quieter

quieter if {
	input.effectiveMode == "monitor"
	object.get(input.oldPolicy, "mode", "enforce") != "monitor"
}

# METADATA
# description: What the old policy did to whom, as comparable texts.
deeds(policy) := [deed |
	some hook in policy.hooks
	some selector in hook.selectors
	some action in array.concat(selector.actions, selector.returnActions)
	lib.strikes_with(action.action)
	deed := json.marshal([hook.call, action.action, filters(selector), whom(policy)])
]

# METADATA
# description: The pods and nodes that a policy or a selector is about; nobody in particular where it names none.
whom(of) := [object.get(of, key, "") | some key in ["workloads", "nodes", "matchWorkloads"]]

filters(selector) := [
	[[match.argIndex, match.operator, match.values, object.get(match, "beforePosition", -1)] | some match in selector.matchArgs],
	[[match.operator, match.values, object.get(match, "followChildren", false)] | some match in selector.matchBinaries],
	[[match.operator, match.values, object.get(match, "followChildren", false)] | some match in selector.matchParentBinaries],
	[[match.operator, match.values] | some match in selector.matchPIDs],
	[[match.namespace, match.operator, match.values] | some match in selector.matchNamespaces],
	[[match.type, match.operator, match.values, match.isNamespaceCapability] | some match in selector.matchCapabilities],
	[[match.operator, match.values] | some match in selector.matchNamespaceChanges],
	[[match.type, match.operator, match.values, match.isNamespaceCapability] | some match in selector.matchCapabilityChanges],
	whom(selector),
]

findings contains {"path": "", "message": message} if {
	lib.guard
	changed
	not lib.platform
	message := $"the guard {lib.policy.name} is changed by the platform only, and {input.subject.user} is not of it"
}

findings contains {"path": "", "message": message} if {
	lib.guard
	changed
	lib.stated_reason == ""
	message := $"the guard {lib.policy.name} is changed without a reason"
}

findings contains {"path": "/spec/options", "message": message, "severity": "warn"} if {
	lib.guard
	quieter
	message := $"the guard {lib.policy.name} would only watch from now on"
}

findings contains {"path": "/spec", "message": message, "severity": "warn"} if {
	lib.guard
	changed
	now := deeds(lib.policy)
	gone := [deed | some deed in deeds(input.oldPolicy); not deed in now]
	count(gone) > 0
	message := $"the guard {lib.policy.name} would no longer do {count(gone)} of the things it does today"
}

findings contains {"path": "/metadata/annotations", "message": message, "severity": "warn"} if {
	lib.guard
	changed
	some why in tells_less
	message := $"the guard {lib.policy.name} would tell less than today: {why}"
}

tells_less contains "fewer events of a cgroup" if {
	lib.policy.throttle
	not input.oldPolicy.throttle
}

tells_less contains "fewer events of a cgroup" if {
	now := lib.policy.throttle
	before := input.oldPolicy.throttle
	now.events * before.intervalMs < before.events * now.intervalMs
}

tells_less contains "events that are the same are told together, and later" if together(lib.policy) > together(input.oldPolicy)

findings contains {"path": "/metadata/annotations", "message": message, "severity": "warn"} if {
	lib.guard
	changed
	most := lib.policy.killsPerMinute
	most < object.get(input.oldPolicy, "killsPerMinute", most + 1)
	message := $"the guard {lib.policy.name} would let go whoever comes after {most} kills in a minute"
}

together(policy) := object.get(policy, "aggregateMs", 0)
