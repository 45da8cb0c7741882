# METADATA
# scope: package
# title: Floods of events are limited
# description: >-
#   Where a filter on a hot hook only says which programs, files or addresses are not meant, the event has a rateLimit, or the policy bounds
#   (tracegate.io/throttle) how many events a cgroup may tell to what the organisation allows.
# custom:
#   id: TPG-406
#   severity: medium
#   why: >-
#     All the host but a few does that many thousand times a second, and each time is an event.
#   fix: >-
#     Add rateLimit to the Post, the annotation tracegate.io/throttle to the policy, or a filter that says what is meant.
#   since: "0.1.0"
#   modes: {baseline: warn, standard: warn, strict: enforce}
#   monitor: keep
#   applies: [writes]
#   parameters: [hooks, limits]
package tracegate.guardrails.performance.rate_limit

import data.tracegate.lib

findings contains {"path": action.path, "message": message} if {
	not bounded
	some wide in lib.hot_wide
	selector := wide.selector
	lib.filtered(selector)
	not selector.matchNamespaces
	not silent(selector)
	some action in selector.actions
	action.action == "Post"
	not action.rateLimitMs
	message := $"{wide.hook.call} is called very often, and nothing limits how many events it makes"
}

# METADATA
# description: What a cgroup may tell of each hook; the same events told once do not bound how many others there are.
bounded if {
	throttle := lib.policy.throttle
	throttle.events * 1000 <= lib.organisation.limits.eventsPerSecond * throttle.intervalMs
}

silent(selector) if {
	some action in selector.actions
	action.action == "NoPost"
}
