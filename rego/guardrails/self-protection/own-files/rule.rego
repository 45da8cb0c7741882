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
import data.tracegate.paths

severity := "warn" if {
	lib.guard
	lib.platform
} else := "deny"

findings contains {"path": one.match.path, "message": message, "severity": severity} if {
	some one in told
	some value in own(one)
	message := $"{one.strike.action.action} on {one.strike.hook.call} speaks of Tracegate's own {value}"
}

findings contains {"path": one.match.path, "message": message, "severity": aside(one.strike)} if {
	some one in told
	one.match.operator == "Prefix"
	some value in one.near
	own_paths := sort(paths.beginning(value, paths.lists.ownPaths))
	count(own_paths) > 0
	not ours(value)
	named_first := concat(", ", array.slice(own_paths, 0, 3))
	message := $"{one.strike.action.action} on {one.strike.hook.call} with the prefix {value} includes Tracegate's own {named_first}"
}

# METADATA
# description: Whoever says which processes are meant, or means those of a namespace, has seldom meant ours.
aside(strike) := "warn" if {
	lib.some_processes(strike.selector)
} else := "warn" if {
	lib.policy.namespace
} else := "warn" if {
	lib.policy.workloads == "containers"
} else := severity

# METADATA
# description: The filters on texts, with those of their values that begin like something of ours, which few do.
told := [{"strike": strike, "match": match, "near": near(match.values)} |
	some strike in lib.strikes
	some match in strike.selector.matchArgs
	lib.positive(match.operator)
	lib.text(match.type)
]

near(values) := array.concat(
	paths.nearly(values, paths.lists.own),
	[value | some directory in paths.lists.own.short; some value in values; startswith(value, directory)],
)

findings contains {"path": match.path, "message": message, "severity": severity} if {
	some strike in lib.strikes
	some match in array.concat(strike.selector.matchBinaries, object.get(strike.selector, "matchParentBinaries", []))
	program := sort(paths.included(match, paths.lists.ownPrograms))[0]
	named(match)
	message := $"{strike.action.action} on {strike.hook.call} is aimed at Tracegate's own {program}"
}

findings contains {"path": match.path, "message": message, "severity": "warn"} if {
	some strike in lib.strikes
	some match in array.concat(strike.selector.matchBinaries, object.get(strike.selector, "matchParentBinaries", []))
	program := sort(paths.included(match, paths.lists.ownPrograms))[0]
	not named(match)
	message := $"{strike.action.action} on {strike.hook.call} with the {lower(match.operator)} {concat(", ", match.values)} includes Tracegate's own {program}"
}

# METADATA
# description: More than the directory, or the last letters, that it happens to share with others.
named(match) if match.operator == "In"

named(match) if {
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
own(one) := array.concat(
	array.concat(
		[value | some value in one.near; placed(value)],
		[value | some value in one.match.values; contains(value, "/.tracegate/")],
	),
	parts(one),
)

placed(value) if {
	paths.lists.own.names[value]
} else if {
	some directory in paths.lists.own.directories
	startswith(value, directory)
}

# METADATA
# description: Beginnings and endings that only ours have, and what stands anywhere in our paths.
parts(one) := [value | some value in one.near; ours(value); some _ in paths.beginning(value, paths.lists.own)] if {
	one.match.operator == "Prefix"
} else := [value |
	tails := paths.lists.own.tails
	letters := paths.key_letters
	some value in one.match.values
	length := count(value)
	length >= letters
	some path in tails[substring(value, length - letters, -1)]
	alike(path, value)
] if {
	one.match.operator == "Postfix"
} else := [value |
	some value in one.match.values
	count(value) > 4
	part := lower(value)
	some path in array.concat(paths.lists.ownPaths.lowered, paths.lists.own.sockets)
	contains(path, part)
] if {
	one.match.operator in ["SubString", "SubStringIgnCase"]
} else := []

# METADATA
# description: One of the two ends like the other.
alike(path, value) if {
	endswith(path, value)
} else if {
	some name in ["tracegate", "gate.sock", "agent.sock"]
	endswith(path, name)
	endswith(value, name)
}
