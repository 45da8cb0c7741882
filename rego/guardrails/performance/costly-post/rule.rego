# METADATA
# scope: package
# title: Events of hot hooks are light
# description: >-
#   On a hook that the whole host passes no event carries a stack, the digest of a file, or a buffer that the
#   call filled.
# custom:
#   id: TPG-405
#   severity: medium
#   why: >-
#     Walking a stack or copying a buffer costs many times what the event itself does.
#   fix: >-
#     Leave kernelStackTrace, userStackTrace, imaHash, returnCopy and maxData out, or hook something that happens
#     less often.
#   since: "0.1.0"
#   modes: {baseline: warn, standard: warn, strict: enforce}
#   monitor: keep
#   applies: [writes]
#   parameters: [hooks]
package tracegate.guardrails.performance.costly_post

import data.tracegate.lib

findings contains {"path": action.path, "message": message} if {
	some hook in lib.hot_hooks
	some selector in hook.selectors
	some action in selector.actions
	some part in ["kernelStackTrace", "userStackTrace", "imaHash"]
	action[part]
	message := $"{part} on {hook.call}, which is called very often"
}

findings contains {"path": arg.path, "message": message} if {
	some hook in lib.hot_hooks
	some arg in hook.args
	some part in ["returnCopy", "maxData"]
	arg[part]
	message := $"{part} on {hook.call}, which is called very often"
}
