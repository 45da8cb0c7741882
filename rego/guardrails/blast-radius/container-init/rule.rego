# METADATA
# scope: package
# title: A container’s first process is not aimed at
# description: >-
#   No kill is aimed at process 1 of a PID namespace.
# custom:
#   id: TPG-212
#   severity: high
#   why: >-
#     The kernel protects only the host's own; a container whose first process dies restarts for ever.
#   fix: >-
#     Aim at the program with matchBinaries In.
#   since: "0.1.0"
#   modes: {baseline: enforce, standard: enforce, strict: enforce}
#   monitor: warn
#   applies: [writes, kills]
#   parameters: []
package tracegate.guardrails.blast_radius.container_init

import data.tracegate.lib

findings contains {"path": match.path, "message": message} if {
	some strike in lib.kills
	some match in strike.selector.matchPIDs
	match.operator == "In"
	match.isNamespacePID
	1 in match.values
	message := $"{strike.action.action} on {strike.hook.call} is aimed at the first process of every container"
}
