# METADATA
# scope: package
# title: Places in a program are named
# description: >-
#   A uprobe names a function; a bare offset or address is of one build of the program.
# custom:
#   id: TPG-604
#   severity: low
#   why: >-
#     The next build has other code there: the hook sees something else, or traps into the middle of it.
#   fix: >-
#     Use symbols, with +offset where it has to be.
#   since: "0.1.0"
#   modes: {baseline: info, standard: info, strict: warn}
#   monitor: keep
#   applies: [writes]
#   parameters: []
package tracegate.guardrails.integrity.code_place

import data.tracegate.lib

findings contains {"path": hook.path, "message": message} if {
	some hook in lib.hooks
	hook.type == "uprobe"
	some bare in ["0x", "@"]
	startswith(lib.place_of(hook), bare)
	message := $"{lib.place_of(hook)} of {lib.file_of(hook)} is another place after the next update of the program"
}
