# METADATA
# scope: package
# title: Nobody blinds the guard
# description: >-
#   Enforcing on bpf, perf_event_open and what is behind them has to be narrowed to programs by
#   matchBinaries In. A guard of the platform may do it otherwise.
# custom:
#   id: TPG-302
#   severity: critical
#   why: >-
#     Every enforcement, ours too, is loaded, changed and taken back through these calls.
#   fix: >-
#     Name the programs that may not use the call with matchBinaries In, or let the platform team
#     submit it as a guard- policy.
#   since: "0.1.0"
#   modes: {baseline: enforce, standard: enforce, strict: enforce}
#   monitor: keep
#   exceptions: never
#   applies: [writes, enforces]
#   parameters: [hooks]
package tracegate.guardrails.self_protection.guard_hooks

import data.tracegate.lib
import data.tracegate.numbers

findings contains {"path": strike.action.path, "message": message} if {
	some strike in lib.strikes
	strike.lists.guard
	not lib.some_binaries(strike.selector)
	not platform_guard
	message := $"{strike.action.action} on {strike.hook.call} would keep every program, the guard's own too, from it"
}

# METADATA
# description: The same calls where all calls pass, by their name or number.
findings contains {"path": match.path, "message": message} if {
	some strike in lib.strikes
	some match in strike.selector.matchArgs
	match.type == "syscall64"
	not lib.some_binaries(strike.selector)
	not platform_guard
	some value in match.values
	call := guarded(match.operator, value)
	message := $"{strike.action.action} on {call} by {strike.hook.call} would keep every program, the guard's own too, from it"
}

guarded(operator, value) := trim_prefix(value, "i386/") if {
	operator in ["Equal", "InRange"]
	lib.listed(trim_prefix(value, "i386/"), lib.organisation.hooks.guard)
} else := names[0] if {
	operator in ["Equal", "InRange"]
	names := [name | some name, number in guarded_numbers; numbers.within(number, value)]
}

guarded_numbers := {"sys_perf_event_open": 298, "sys_bpf": 321}

platform_guard if {
	lib.guard
	lib.platform
}
