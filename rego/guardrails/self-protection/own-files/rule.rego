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
	some value in match.values
	own(lib.merged(value), match.operator)
	message := $"{strike.action.action} on {strike.hook.call} speaks of Tracegate's own {value}"
}

findings contains {"path": match.path, "message": message, "severity": "warn"} if {
	some strike in lib.strikes
	some match in strike.selector.matchArgs
	match.operator == "Prefix"
	lib.text(match.type)
	some value in match.values
	value != ""
	spelled := lib.merged(value)
	some path in lib.organisation.protected.own.paths
	startswith(path, spelled)
	path != spelled
	message := $"{strike.action.action} on {strike.hook.call} with the prefix {value} includes Tracegate's own {path}"
}

findings contains {"path": match.path, "message": message, "severity": severity} if {
	some strike in lib.strikes
	some match in strike.selector.matchBinaries
	match.operator == "In"
	some value in match.values
	lib.merged(value) in lib.organisation.protected.own.binaries
	message := $"{strike.action.action} on {strike.hook.call} is aimed at Tracegate's own {value}"
}

own(value, _) if value in lib.organisation.protected.own.paths

own(value, _) if {
	some path in lib.organisation.protected.own.paths
	startswith(value, concat("", [path, "/"]))
}

own(value, _) if contains(value, "/.tracegate/")

own(value, "Postfix") if {
	some name in ["tracegate", "tracegate/gate.sock", "gate.sock", "agent.sock"]
	endswith(value, name)
}
