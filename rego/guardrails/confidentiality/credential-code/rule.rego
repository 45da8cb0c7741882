# METADATA
# scope: package
# title: Programs that handle credentials are not read
# description: >-
#   No text or buffer is captured inside TLS and password libraries, login programs, key agents and prompts.
# custom:
#   id: TPG-502
#   severity: critical
#   why: >-
#     There passwords, keys and decrypted traffic pass in the clear, and events are kept and read by many.
#   fix: >-
#     Watch the call without its arguments, or only its numbers.
#   since: "0.1.0"
#   modes: {baseline: enforce, standard: enforce, strict: enforce}
#   monitor: keep
#   applies: [writes]
#   parameters: [programs]
package tracegate.guardrails.confidentiality.credential_code

import data.tracegate.lib

findings contains {"path": arg.path, "message": message} if {
	some hook in lib.hooks
	hook.type in ["uprobe", "usdt"]
	handles(hook)
	some arg in lib.read_by(hook)
	telling(arg)
	message := $"{arg.type} in {lib.file_of(hook)} copies what a program keeps secret into events"
}

handles(hook) if {
	parts := split(lib.file_of(hook), "/")
	name := parts[count(parts) - 1]
	lib.among(name, lib.organisation.programs.credentials)
}

handles(hook) if {
	place := lower(lib.place_of(hook))
	some word in lib.organisation.programs.secretSymbols
	contains(place, word)
}

telling(arg) if {
	arg.type in ["string", "char_buf", "char_iovec"]
	object.get(arg, "source", "") != "current_task"
}
