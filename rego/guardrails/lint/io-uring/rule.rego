# METADATA
# scope: package
# title: What io_uring does is guarded too
# description: >-
#   What enforces on a system call that io_uring can do as well is decided behind it, or the policy says nothing
#   about io_uring.
# custom:
#   id: TPG-704
#   severity: medium
#   why: >-
#     A request in a ring is no system call: the guard does not see it.
#   fix: >-
#     Hook the security_ function behind the call, or deny io_uring_setup.
#   since: "0.1.0"
#   modes: {baseline: info, standard: info, strict: warn}
#   monitor: keep
#   applies: [writes, enforces]
#   parameters: [families]
package tracegate.guardrails.lint.io_uring

import data.tracegate.lib

findings contains {"path": path, "message": message} if {
	not ring_denied
	some path, call in passing
	message := $"{call} may be asked of io_uring, which makes no system call for it"
}

passing[strike.hook.path] := strike.hook.call if {
	some strike in lib.strikes
	strike.hook.syscall
	not lib.decided_behind(strike.hook)
	first(strike)
}

# METADATA
# description: A list of calls is one entry of the document, and is named by one of them.
first(strike) if {
	calls := [other.hook.call |
		some other in lib.strikes
		other.hook.path == strike.hook.path
		other.hook.call in lib.organisation.ringCalls
	]
	strike.hook.call == calls[0]
}

ring_denied if {
	some strike in lib.strikes
	strike.hook.call in ["sys_io_uring_setup", "security_uring_sqpoll", "io_uring_setup"]
}
