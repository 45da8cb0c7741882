# METADATA
# scope: package
# title: A hooked program lies where only root can put it
# description: >-
#   A program that is hooked lies in no directory that others can write to, in no container’s layers, and is
#   named by its plain path. Below /home a hook that only watches is named, and no more.
# custom:
#   id: TPG-603
#   severity: high
#   why: >-
#     A hook is on the file that was there when it was loaded: who can replace the file has left the guard, and
#     who can choose it chooses what the agent opens.
#   fix: >-
#     Install the program below /usr or /opt and name it by its plain path.
#   since: "0.1.0"
#   modes: {baseline: enforce, standard: enforce, strict: enforce}
#   monitor: keep
#   applies: [writes]
#   parameters: [programs]
package tracegate.guardrails.integrity.program_place

import data.tracegate.lib

findings contains {"path": hook.path, "message": message, "severity": severity(hook)} if {
	some hook in lib.hooks
	hook.type in ["uprobe", "usdt"]
	file := lib.file_of(hook)
	why := doubt(file)
	message := $"{file} {why}"
}

doubt(file) := "is not in its plain form" if {
	some part in ["//", "/./", "/../"]
	contains(concat("", [file, "/"]), part)
} else := "is another file for each process" if {
	startswith(file, "/proc/")
} else := "lies where others can put files" if {
	some directory in lib.organisation.programs.loose
	startswith(file, directory)
}

# METADATA
# description: What people build lies at home, and to watch it there is their own risk.
severity(hook) := "info" if {
	startswith(lib.file_of(hook), "/home/")
	every selector in hook.selectors { not lib.enforces(selector) }
} else := "deny"
