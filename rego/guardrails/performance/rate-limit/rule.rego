# METADATA
# scope: package
# title: Floods of events are limited
# description: >-
#   Where a filter on a hot hook only says which programs, files or addresses are not meant, the event has a rateLimit.
# custom:
#   id: TPG-406
#   severity: medium
#   why: >-
#     All the host but a few does that many thousand times a second, and each time is an event.
#   fix: >-
#     Add rateLimit to the Post, or a filter that says what is meant.
#   since: "0.1.0"
#   modes: {baseline: warn, standard: warn, strict: enforce}
#   monitor: keep
#   applies: [writes]
#   parameters: [hooks]
package tracegate.guardrails.performance.rate_limit

import data.tracegate.lib

findings contains {"path": action.path, "message": message} if {
	some hook in lib.hooks
	lib.on(hook, lib.organisation.hooks.hot)
	some selector in hook.selectors
	lib.filtered(selector)
	lib.reach(selector) != "narrow"
	not selector.matchNamespaces
	not silent(selector)
	some action in selector.actions
	action.action == "Post"
	not action.rateLimitMs
	message := $"{hook.call} is called very often, and nothing limits how many events it makes"
}

silent(selector) if {
	some action in selector.actions
	action.action == "NoPost"
}
