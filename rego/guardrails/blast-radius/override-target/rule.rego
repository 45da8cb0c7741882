# METADATA
# scope: package
# title: Only calls and checks are overridden
# description: >-
#   Override is for system calls and for security_ functions that return a value.
# custom:
#   id: TPG-210
#   severity: high
#   why: >-
#     Other kernel functions have callers that rely on what they did.
#   fix: >-
#     Hook the system call, or the security_ function that decides on it.
#   since: "0.1.0"
#   modes: {baseline: enforce, standard: enforce, strict: enforce}
#   monitor: warn
#   applies: [writes, overrides]
#   parameters: [hooks]
package tracegate.guardrails.blast_radius.override_target

import data.tracegate.lib

findings contains {"path": strike.action.path, "message": message} if {
	some strike in lib.overrides
	not overridable(strike)
	message := $"{strike.hook.call} is neither a system call nor a check of the kernel that can refuse"
}

overridable(strike) if strike.hook.syscall

overridable(strike) if {
	startswith(strike.hook.call, "security_")
	not strike.lists.void
}
