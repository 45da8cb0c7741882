# METADATA
# scope: package
# title: Dropping privileges works
# description: >-
#   setuid, setgroups, capset, prctl and their checks are not overridden.
# custom:
#   id: TPG-209
#   severity: high
#   why: >-
#     Programs that do not look at the result go on with the privileges they meant to give up.
#   fix: >-
#     Kill the process, or deny what it would do with its privileges.
#   since: "0.1.0"
#   modes: {baseline: enforce, standard: enforce, strict: enforce}
#   monitor: warn
#   applies: [writes, overrides]
#   parameters: [hooks]
package tracegate.guardrails.blast_radius.privilege_drop

import data.tracegate.lib

findings contains {"path": strike.action.path, "message": message} if {
	some strike in lib.overrides
	strike.lists.privilege
	message := $"whoever calls {strike.hook.call} to drop privileges would keep them"
}
