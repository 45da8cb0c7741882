# METADATA
# scope: package
# title: Nothing is done to Tracegate’s own files and programs
# description: >-
#   No enforcing action speaks of our state, sockets, configuration, pinned programs or executables. A
#   prefix that merely includes them is warned of. A guard of the platform may protect them.
# custom:
#   id: TPG-301
#   severity: critical
#   why: >-
#     Who can stop the agent from opening its own state has switched the guard off.
#   fix: >-
#     Leave Tracegate's own paths and programs out of the filter.
#   since: "0.1.0"
#   modes: {baseline: enforce, standard: enforce, strict: enforce}
#   monitor: keep
#   exceptions: never
#   applies: [writes, enforces]
#   parameters: [protected]
package tracegate.guardrails.self_protection.own_files

import data.tracegate.lib

severity := "warn" if {
	lib.guard
	lib.platform
} else := "deny"

findings contains {"path": match.path, "message": message, "severity": severity} if {
	some strike in lib.strikes
	some match in strike.selector.matchArgs
	lib.positive(match.operator)
	lib.text(match.type)
	some value in own(match)
	message := $"{strike.action.action} on {strike.hook.call} speaks of Tracegate's own {value}"
}

findings contains {"path": match.path, "message": message, "severity": "warn"} if {
	some strike in lib.strikes
	some match in strike.selector.matchArgs
	match.operator == "Prefix"
	lib.text(match.type)
	some path in lib.own_paths
	some value in match.values
	startswith(path, value)
	not value in ["", path]
	not ours(value)
	message := $"{strike.action.action} on {strike.hook.call} with the prefix {value} includes Tracegate's own {path}"
}

findings contains {"path": match.path, "message": message, "severity": severity} if {
	some strike in lib.strikes
	some match in array.concat(strike.selector.matchBinaries, object.get(strike.selector, "matchParentBinaries", []))
	some program in lib.spellings(lib.organisation.protected.own.binaries)
	lib.aims(match, program)
	named(match, program)
	message := $"{strike.action.action} on {strike.hook.call} is aimed at Tracegate's own {program}"
}

findings contains {"path": match.path, "message": message, "severity": "warn"} if {
	some strike in lib.strikes
	some match in array.concat(strike.selector.matchBinaries, object.get(strike.selector, "matchParentBinaries", []))
	some program in lib.spellings(lib.organisation.protected.own.binaries)
	lib.aims(match, program)
	not named(match, program)
	message := $"{strike.action.action} on {strike.hook.call} with the {lower(match.operator)} {concat(", ", match.values)} includes Tracegate's own {program}"
}

# METADATA
# description: More than the directory, or the last letters, that it happens to share with others.
named(match, _) if match.operator == "In"

named(match, _) if {
	some value in match.values
	ours(value)
}

# METADATA
# description: No other name that a host has begins or ends like ours in so many letters.
ours(value) if contains(value, "/trace")

ours(value) if contains(value, "gate/")

ours(value) if contains(value, "egate")

# METADATA
# description: Values that are one of our paths or lie below one, in a state directory of a checkout too.
own(match) := array.concat(
	array.concat([value | some value in match.values; whole[value]], begun(match)),
	array.concat(
		[value | some directory in lib.own_directories; some value in match.values; startswith(value, directory)],
		array.concat([value | some value in match.values; contains(value, "/.tracegate/")], endings(match)),
	),
)

# METADATA
# description: Beginnings that only ours have.
begun(match) := [value | some value in match.values; ours(value); some path in whole_paths; startswith(path, value)] if {
	match.operator == "Prefix"
} else := []

whole[path] := true if some path in whole_paths

# METADATA
# description: Our directories and programs, which a filter may name in whole.
whole_paths := array.concat(lib.own_paths, lib.spellings(lib.organisation.protected.own.binaries))

endings(match) := [value |
	some value in match.values
	count(value) > 5
	some path in array.concat(whole_paths, ["/.tracegate/gate.sock", "/.tracegate/agent.sock"])
	alike(path, value)
] if {
	match.operator == "Postfix"
} else := [value |
	some value in match.values
	count(value) > 4
	some path in array.concat(lib.own_paths, ["/.tracegate/gate.sock", "/.tracegate/agent.sock"])
	contains(path, lower(value))
] if {
	match.operator in ["SubString", "SubStringIgnCase"]
} else := []

# METADATA
# description: One of the two ends like the other.
alike(path, value) if endswith(path, value)

alike(path, value) if {
	some name in ["tracegate", "gate.sock", "agent.sock"]
	endswith(path, name)
	endswith(value, name)
}
