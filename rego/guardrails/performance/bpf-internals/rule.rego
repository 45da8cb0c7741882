# METADATA
# scope: package
# title: Only the front doors of BPF are hooked
# description: >-
#   Of the kernel's bpf_ functions only those that load, check and publish are hooked.
# custom:
#   id: TPG-411
#   severity: medium
#   why: >-
#     The others run inside BPF programs, the guard's own among them.
#   fix: >-
#     Hook bpf_prog_load, bpf_check or the security_bpf functions.
#   since: "0.1.0"
#   modes: {baseline: warn, standard: warn, strict: enforce}
#   monitor: keep
#   applies: [writes]
#   parameters: [hooks]
package tracegate.guardrails.performance.bpf_internals

import data.tracegate.lib

findings contains {"path": hook.path, "message": message} if {
	some one in lib.placed
	one.lists.bpf
	not one.lists.bpfAllowed
	hook := one.hook
	message := $"{hook.call} is inside of BPF: hooking it slows or recurses into every BPF program"
}
