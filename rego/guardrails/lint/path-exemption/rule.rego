# METADATA
# scope: package
# title: An exemption by path is one for containers too
# description: >-
#   Programs that are exempted by path (NotIn, NotPrefix, NotPostfix) are exempted in every mount namespace,
#   unless the policy or the selector is about the host only.
# custom:
#   id: TPG-307
#   severity: medium
#   why: >-
#     The path is that of the process’s own root: a container may bring a file to the exempted path.
#   fix: >-
#     Add hostSelector: {} or matchNamespaces In host_ns, or protect containers by a policy of their own without
#     the exemption.
#   since: "0.1.0"
#   modes: {baseline: info, standard: info, strict: warn}
#   monitor: keep
#   applies: [writes, enforces]
#   parameters: []
package tracegate.guardrails.lint.path_exemption

import data.tracegate.lib

findings contains {"path": match.path, "message": message} if {
	not lib.policy.workloads
	some strike in lib.strikes
	not on_host(strike.selector)
	some match in strike.selector.matchBinaries
	not match.operator in lib.aimed
	message := $"{strike.action.action} on {strike.hook.call} passes over whatever a container calls {concat(", ", match.values)}"
}

on_host(selector) if {
	some match in selector.matchNamespaces
	match.operator == "In"
	"host_ns" in match.values
}
