# METADATA
# scope: package
# title: 32-bit programs are guarded too
# description: >-
#   What enforces on a system call enforces on its 32-bit entrance too, unless every known host decides it where
#   the two meet.
# custom:
#   id: TPG-703
#   severity: low
#   why: >-
#     A 32-bit program makes the same call by another door.
#   fix: >-
#     Add i386/ and the call to the list, or hook the security_ function behind it.
#   since: "0.1.0"
#   modes: {baseline: info, standard: info, strict: warn}
#   monitor: keep
#   applies: [writes, enforces]
#   parameters: []
package tracegate.guardrails.lint.legacy_calls

import data.tracegate.lib

findings contains {"path": path, "message": message} if {
	some path, calls in lacking
	message := $"32-bit programs pass: add i386/{calls[0]}"
}

lacking[path] := calls if {
	some path in {strike.hook.path | some strike in lib.strikes; strike.hook.syscall; not lib.decided_behind(strike.hook)}
	calls := [strike.hook.call |
		some strike in lib.strikes
		strike.hook.path == path
		not legacy[strike.hook.call]
	]
	count(calls) > 0
}

legacy[strike.hook.call] := true if {
	some strike in lib.strikes
	strike.hook.abi == "i386"
}
