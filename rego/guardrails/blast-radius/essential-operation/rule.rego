# METADATA
# scope: package
# title: Essential operations stay open
# description: >-
#   Enforcing on what every program does (execve, open, read, write, mmap, connect … and the checks
#   behind them) has to be narrowed to programs, or to values that include no essential file.
# custom:
#   id: TPG-204
#   severity: critical
#   why: >-
#     A host on which nothing can be opened or started cannot be repaired either.
#   fix: >-
#     Add matchBinaries In, or filter on paths that hold no part of the system.
#   since: "0.1.0"
#   modes: {baseline: enforce, standard: enforce, strict: enforce}
#   monitor: warn
#   applies: [writes, enforces]
#   parameters: [hooks, protected]
package tracegate.guardrails.blast_radius.essential_operation

import data.tracegate.lib

findings contains {"path": strike.action.path, "message": message} if {
	some strike in lib.strikes
	lib.listed(strike.hook.call, lib.organisation.hooks.essential)
	not narrow(strike.selector)
	message := $"{strike.action.action} on {strike.hook.call} takes an essential operation from everybody{named(strike.selector)}"
}

# METADATA
# description: The cheap questions first; texts are compared with the essential files only when nothing else narrows.
narrow(selector) if {
	lib.some_binaries(selector)
} else if {
	lib.some_pids(selector)
} else if {
	lib.some_namespaces(selector)
} else if {
	some match in selector.matchArgs
	match.operator in ["Equal", "Mask", "InRange", "SAddr", "DAddr", "SPort", "DPort"]
	not lib.text(match.type)
	not lib.vacuous(match)
} else if {
	some match in selector.matchArgs
	match.operator in ["Equal", "Prefix", "Postfix"]
	lib.text(match.type)
	not lib.vacuous(match)
	count(includes(match)) == 0
}

named(selector) := message if {
	found := [file | some match in selector.matchArgs; some file in includes(match)]
	count(found) > 0
	message := $", on {found[0]} too"
} else := ""

# METADATA
# description: The essential files that a filter's values include.
includes(match) := [file | some file in lib.essential_files; file in match.values] if {
	match.operator == "Equal"
} else := [file | some value in match.values; some file in lib.essential_files; startswith(file, value)] if {
	match.operator == "Prefix"
} else := [file | some value in match.values; some file in lib.essential_files; endswith(file, value)] if {
	match.operator == "Postfix"
} else := []
