# METADATA
# scope: package
# title: Keys are not captured
# description: >-
#   Text and bytes handed to the kernel's key functions, the options of mounts and sockets, and what keys hold, are not
#   copied into events.
# custom:
#   id: TPG-503
#   severity: high
#   why: >-
#     They are the secrets themselves, or what describes them.
#   fix: >-
#     Watch the call without its arguments, or only its numbers.
#   since: "0.1.0"
#   modes: {baseline: enforce, standard: enforce, strict: enforce}
#   monitor: keep
#   applies: [writes]
#   parameters: [hooks, secretArguments]
package tracegate.guardrails.confidentiality.key_material

import data.tracegate.lib

findings contains {"path": arg.path, "message": message} if {
	some hook in lib.hooks_on("secret")
	some arg in lib.read_by(hook)
	arg.type in ["string", "char_buf", "char_iovec", "data_loc", "auto"]
	message := $"{arg.type} on {hook.call} copies key material into events"
}

# METADATA
# description: Options of a mount hold passwords, those of a socket the keys of TLS; what is mounted where may be read.
findings contains {"path": arg.path, "message": message} if {
	some hook in lib.hooks_on("secretArguments")
	secret := secret_positions(hook)
	some arg in hook.args
	arg.index in secret
	arg.type in ["string", "char_buf", "const_buf"]
	not arg.resolve
	not arg.source
	message := $"argument {arg.index} of {hook.call} may be a password or a key, and is copied into events"
}

# METADATA
# description: In the record of a tracepoint five fields stand before the call's own arguments.
secret_positions(hook) := table[hook.call] if {
	table[hook.call]
} else := [place | some index in table[hook.also]; place := index + 5] if {
	hook.type == "tracepoint"
} else := table[hook.also]

table := lib.organisation.secretArguments

# METADATA
# description: Whatever the hook, a path through the kernel's structures that enters what a key holds.
findings contains {"path": arg.path, "message": message} if {
	some read in lib.resolved
	arg := read.arg
	some step in split(arg.resolve, ".")
	step in ["payload", "rcu_data0"]
	message := $"{arg.resolve} on {read.hook.call} copies what a key holds into events"
}

findings contains {"path": arg.path, "message": message} if {
	some read in lib.reads
	arg := read.arg
	arg.btfType in ["user_key_payload", "encrypted_key_payload", "trusted_key_payload"]
	message := $"{arg.btfType} on {read.hook.call} is what a key holds, and is copied into events"
}
