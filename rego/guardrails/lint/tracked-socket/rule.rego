# METADATA
# scope: package
# title: A socket that is tracked is untracked
# description: >-
#   A policy that begins to track sockets (TrackSock) has a hook that ends it (UntrackSock).
# custom:
#   id: TPG-310
#   severity: medium
#   why: >-
#     A socket’s address is used again: what is left in the table is told of a socket of somebody else.
#   fix: >-
#     Add a hook on the function that closes the socket, with UntrackSock.
#   since: "0.1.0"
#   modes: {baseline: warn, standard: warn, strict: enforce}
#   monitor: keep
#   applies: [writes]
#   parameters: []
package tracegate.guardrails.lint.tracked_socket

import data.tracegate.lib

findings contains {"path": "/spec", "message": "sockets are tracked (TrackSock), and no hook untracks them (UntrackSock)"} if {
	some hook in lib.hooks
	follows(hook, "TrackSock")
	count([other | some other in lib.hooks; follows(other, "UntrackSock")]) == 0
}

follows(hook, what) if hook.returnFollow == what

follows(hook, what) if {
	some selector in hook.selectors
	some action in array.concat(selector.actions, selector.returnActions)
	action.action == what
}
