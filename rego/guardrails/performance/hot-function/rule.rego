# METADATA
# scope: package
# title: Functions that every program calls are left alone
# description: >-
#   No uprobe stands on the allocation and copying functions of the C library and its loader.
# custom:
#   id: TPG-605
#   severity: medium
#   why: >-
#     A trap into the kernel costs a thousand times what these functions do, in every process of the host.
#   fix: >-
#     Hook the function of the program that is meant.
#   since: "0.1.0"
#   modes: {baseline: warn, standard: warn, strict: enforce}
#   monitor: keep
#   applies: [writes]
#   parameters: [programs, protected]
package tracegate.guardrails.performance.hot_function

import data.tracegate.lib
import data.tracegate.paths

findings contains {"path": hook.path, "message": message} if {
	some hook in lib.hooks
	hook.type == "uprobe"
	file := paths.merged(lib.file_of(hook))
	shared(file)
	lib.place_of(hook) in lib.organisation.programs.hotSymbols
	message := $"every program calls {lib.place_of(hook)} of {file} all the time"
}

shared(file) if {
	some library in lib.organisation.protected.libraries
	startswith(file, library)
}

# METADATA
# description: What takes the place of the C library's functions is called by as many.
shared(file) if contains(file, ".so")
