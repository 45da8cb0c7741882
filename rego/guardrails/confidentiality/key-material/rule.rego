# METADATA
# scope: package
# title: Keys are not captured
# description: >-
#   Text and bytes handed to the kernel's key functions, and what its keys hold, are not copied into events.
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
#   parameters: [hooks]
package tracegate.guardrails.confidentiality.key_material

import data.tracegate.lib

findings contains {"path": arg.path, "message": message} if {
	secret := lib.organisation.hooks.secret
	some read in lib.reads
	arg := read.arg
	arg.type in ["string", "char_buf", "char_iovec", "data_loc", "auto"]
	lib.on(read.hook, secret)
	message := $"{arg.type} on {read.hook.call} copies key material into events"
}

findings contains {"path": arg.path, "message": message} if {
	some read in lib.reads
	arg := read.arg
	inside_key(arg)
	message := $"{arg.resolve} on {read.hook.call} copies what a key holds into events"
}

# METADATA
# description: Whatever the hook, a path through the kernel's structures that enters what a key holds.
inside_key(arg) if {
	some step in split(arg.resolve, ".")
	step in ["payload", "rcu_data0"]
}

inside_key(arg) if arg.btfType in ["user_key_payload", "encrypted_key_payload", "trusted_key_payload"]
