# METADATA
# scope: package
# title: A call’s siblings are guarded too
# description: >-
#   What enforces on one of several system calls that do the same (open and openat, rename and renameat2, execve
#   and execveat …) enforces on the others, unless every known host decides it where they meet.
# custom:
#   id: TPG-702
#   severity: medium
#   why: >-
#     Who wants to get past the guard takes the other call.
#   fix: >-
#     Add the other calls, by a list; or hook the security_ function behind them.
#   since: "0.1.0"
#   modes: {baseline: info, standard: info, strict: warn}
#   monitor: keep
#   applies: [writes, enforces]
#   parameters: [families]
package tracegate.guardrails.lint.sibling_calls

import data.tracegate.lib

findings contains {"path": path, "message": message} if {
	some path in {strike.hook.path | some strike in lib.strikes; strike.hook.syscall; not lib.decided_behind(strike.hook)}
	some family in lib.organisation.families
	mine := [call | some call in family; call in at[path]]
	count(mine) > 0
	missing := [call | some call in family; not struck[call]]
	count(missing) > 0
	message := $"{mine[0]} is guarded, and {concat(", ", missing)} the same way in {is_are(missing)} not"
}

is_are(calls) := "is" if count(calls) == 1

is_are(calls) := "are" if count(calls) > 1

struck[strike.hook.call] := true if some strike in lib.strikes

at[path] := calls if {
	some path in {strike.hook.path | some strike in lib.strikes}
	calls := [strike.hook.call | some strike in lib.strikes; strike.hook.path == path]
}
