# METADATA
# scope: package
# title: Keys are not captured
# description: >-
#   Text and bytes handed to the kernel's key functions are not copied into events.
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
	some hook in lib.hooks
	lib.listed(hook.call, lib.organisation.hooks.secret)
	some arg in hook.args
	arg.type in ["string", "char_buf"]
	message := $"{arg.type} on {hook.call} copies key material into events"
}
