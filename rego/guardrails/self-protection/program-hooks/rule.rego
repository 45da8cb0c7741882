# METADATA
# scope: package
# title: Nothing is done inside protected programs
# description: >-
#   No enforcing action stands at a place in a protected program, in one of ours, or in a library that every
#   program has (libc, the loader, PAM, libsystemd, libbpf).
# custom:
#   id: TPG-309
#   severity: critical
#   why: >-
#     Whatever the filter, the process that dies there is the one that keeps the host running, or every process
#     in turn.
#   fix: >-
#     Hook a program of your own, or the system call it makes, with matchBinaries In.
#   since: "0.1.0"
#   modes: {baseline: enforce, standard: enforce, strict: enforce}
#   monitor: keep
#   exceptions: never
#   applies: [writes, enforces]
#   parameters: [protected]
package tracegate.guardrails.self_protection.program_hooks

import data.tracegate.lib
import data.tracegate.paths

findings contains {"path": strike.hook.path, "message": message} if {
	some strike in lib.strikes
	strike.hook.type in ["uprobe", "usdt"]
	file := paths.merged(lib.file_of(strike.hook))
	shielded(file)
	message := $"{strike.action.action} stands in {file}, which is protected"
}

shielded(file) if paths.lists.programs.names[file]

shielded(file) if paths.lists.ownPrograms.names[file]

shielded(file) if {
	some directory in paths.lists.own.directories
	startswith(file, directory)
}

shielded(file) if lib.listed(file, paths.lists.libraries)
