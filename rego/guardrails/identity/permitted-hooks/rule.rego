# METADATA
# scope: package
# title: Groups keep to the hooks and actions they are given
# description: >-
#   Whoever is in a group that the organisation's permissions name may use the hooks and actions listed
#   there for any of his groups, and no others.
# custom:
#   id: TPG-114
#   severity: high
#   why: >-
#     Who may use which hooks is the organisation's to say.
#   fix: >-
#     Use a hook and action that your groups are given, or ask the platform team to extend permissions
#     in the organisation's data.
#   since: "0.1.0"
#   modes: {baseline: enforce, standard: enforce, strict: enforce}
#   monitor: keep
#   applies: [writes, outsider]
#   parameters: [permissions, groups]
package tracegate.guardrails.identity.permitted_hooks

import data.tracegate.lib

entries := [entry |
	some entry in lib.organisation.permissions
	some group in input.subject.groups
	group in entry.groups
]

permitted(call, action) if {
	some entry in entries
	action in entry.actions
	lib.among(call, entry.hooks)
}

findings contains {"path": action.path, "message": message} if {
	not lib.platform
	count(entries) > 0
	some hook in lib.hooks
	some selector in hook.selectors
	some action in array.concat(selector.actions, selector.returnActions)
	not permitted(hook.call, action.action)
	message := $"{action.action} on {hook.call} is not among what the groups of {input.subject.user} may use"
}
