# METADATA
# scope: package
# title: An enforcing hook must be there
# description: >-
#   A hook that enforces does not say ignore.callNotFound.
# custom:
#   id: TPG-305
#   severity: high
#   why: >-
#     Where the kernel lacks the function the guard would be missing and nobody would hear of it.
#   fix: >-
#     Remove ignore.callNotFound from the hook.
#   since: "0.1.0"
#   modes: {baseline: enforce, standard: enforce, strict: enforce}
#   monitor: keep
#   applies: [writes, enforces]
#   parameters: []
package tracegate.guardrails.self_protection.ignored_absence

import data.tracegate.lib

findings contains {"path": concat("", [strike.hook.path, "/ignore/callNotFound"]), "message": message} if {
	some strike in lib.strikes
	strike.hook.ignoreMissing
	message := $"{strike.action.action} on {strike.hook.call} would silently be absent where the kernel has no such function"
}
