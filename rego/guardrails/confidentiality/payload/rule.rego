# METADATA
# scope: package
# title: Payloads are not captured
# description: >-
#   What programs read, write, send, receive or type is not copied into events. Raw bytes from other
#   hooks are warned of.
# custom:
#   id: TPG-501
#   severity: high
#   why: >-
#     Events are kept, shipped and read by many; passwords and keys must not be in them.
#   fix: >-
#     Remove the char_buf argument; names, sizes and addresses are enough to tell what happened.
#   since: "0.1.0"
#   modes: {baseline: enforce, standard: enforce, strict: enforce}
#   monitor: keep
#   applies: [writes]
#   parameters: [hooks, types]
package tracegate.guardrails.confidentiality.payload

import data.tracegate.lib

findings contains {"path": arg.path, "message": message} if {
	some hook in lib.hooks_on("payload")
	some arg in lib.read_by(hook)
	raw(arg.type)
	not of_task(arg)
	message := $"{arg.type} on {hook.call} copies what programs read or write into events"
}

findings contains {"path": arg.path, "message": message, "severity": "warn"} if {
	some one in lib.placed
	not one.lists.payload
	some arg in lib.read_by(one.hook)
	content[arg.type]
	message := $"{arg.type} on {one.hook.call} copies raw bytes into events"
}

# METADATA
# description: A key is a number where the keyboard tells it.
findings contains {"path": arg.path, "message": message} if {
	some hook in lib.hooks_on("keys")
	some arg in lib.read_by(hook)
	lib.largest_of[arg.type]
	not of_task(arg)
	message := $"{arg.type} on {hook.call} copies what is typed into events"
}

raw(type) if content[type]

content := lib.organisation.types.content

# METADATA
# description: What the task is, and no part of what it reads.
of_task(arg) if arg.source == "current_task"

# METADATA
# description: >-
#   Text is read up to the first NUL, and what programs write is text as often as not; so is
#   what only the host tells the type of.
raw("string")

raw("filename")

raw("data_loc")

raw("auto")
