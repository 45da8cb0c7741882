# METADATA
# scope: package
# title: A decision on memory that can change is known to be one
# description: >-
#   Where a host can enforce a hook only on user memory, which a second thread may change in between,
#   it is warned of. With the annotation tracegate.io/allow-racy set to true it is a remark; without it
#   those hosts refuse to load the policy.
# custom:
#   id: TPG-701
#   severity: high
#   why: >-
#     Between the check and the use an attacker changes the text, and the guard has seen another one.
#   fix: >-
#     Use the security_ function that decides on it, or accept the race with the annotation
#     tracegate.io/allow-racy.
#   since: "0.1.0"
#   modes: {baseline: warn, standard: warn, strict: enforce}
#   monitor: keep
#   applies: [writes, enforces, planned]
#   parameters: [annotations]
package tracegate.guardrails.lint.racy

import data.tracegate.lib

findings contains {"path": path, "message": message, "severity": severity} if {
	some path, hosts in racy
	message := $"on {concat(", ", sort(hosts))} this would be decided on memory that can change meanwhile"
}

racy[path] := hosts if {
	some strike in lib.strikes
	path := strike.hook.path
	hosts := {plan.host | some plan in input.planned; plan.path == path; plan.racy}
	count(hosts) > 0
}

severity := "info" if {
	lib.policy.annotations[lib.organisation.annotations.allowRacy] == "true"
} else := "deny"
