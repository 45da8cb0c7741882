# METADATA
# scope: package
# title: A kill speaks of somebody
# description: >-
#   A kill or stopping signal has to be narrowed by something positive: a value an argument must have,
#   a binary, a process, pods by their labels. An override without any filter is warned of.
# custom:
#   id: TPG-201
#   severity: critical
#   why: >-
#     On a hook that everybody passes, an action without a filter ends every process of the host, one
#     after the other.
#   fix: >-
#     Add matchArgs (Equal, Prefix, Postfix, Mask), matchBinaries In or matchPIDs In to the selector,
#     and try it with policy-mode monitor first.
#   since: "0.1.0"
#   modes: {baseline: enforce, standard: enforce, strict: enforce}
#   monitor: warn
#   exceptions: never
#   applies: [writes, enforces]
#   parameters: []
package tracegate.guardrails.blast_radius.unscoped_kill

import data.tracegate.lib

findings contains {"path": strike.action.path, "message": message} if {
	some strike in lib.kills
	strike.reach == "all"
	message := $"{strike.action.action} on {strike.hook.call} has no filter: it would end every process that gets there"
}

findings contains {"path": strike.action.path, "message": message, "severity": "warn"} if {
	some strike in lib.overrides
	strike.reach == "all"
	message := $"Override on {strike.hook.call} has no filter: the call would fail for everybody"
}
