# METADATA
# scope: package
# title: Addresses of the kernel stay in the kernel
# description: >-
#   No number is captured that is a pointer of the kernel: what resolve ends in is a value and not an address.
# custom:
#   id: TPG-504
#   severity: high
#   why: >-
#     One address of the kernel’s memory undoes the randomisation that protects it.
#   fix: >-
#     Resolve on to a value behind the pointer, or leave the argument out.
#   since: "0.1.0"
#   modes: {baseline: enforce, standard: enforce, strict: enforce}
#   monitor: keep
#   applies: [writes]
#   parameters: [addresses, hooks, programs]
package tracegate.guardrails.confidentiality.kernel_addresses

import data.tracegate.lib

findings contains {"path": arg.path, "message": message} if {
	some hook in lib.hooks
	some arg in hook.args
	lib.largest_of[arg.type] # half of an address is as good as one
	arg.type != "auto"
	object.get(arg, "source", "") != "pt_regs"
	steps := split(arg.resolve, ".")
	split(steps[count(steps) - 1], "[")[0] in lib.organisation.programs.pointers
	message := $"{arg.resolve} on {hook.call} tells an address of the kernel"
}

# METADATA
# description: >-
#   The first thing the kernel's checks are handed is nearly always an object of its own; as a number it is where that lies.
findings contains {"path": arg.path, "message": message} if {
	some one in lib.placed
	startswith(one.hook.call, "security_")
	not one.lists.numberFirst
	some arg in one.hook.args
	arg.index == 0
	arg.type != "auto"
	lib.largest_of[arg.type]
	not arg.resolve
	message := $"argument 0 of {one.hook.call} is an object of the kernel: as {arg.type} it tells an address"
}

findings contains {"path": hook.returnArg.path, "message": message} if {
	some hook in lib.hooks_on("returnsAddress")
	lib.largest_of[hook.returnArg.type]
	message := $"{hook.call} returns an address of the kernel, and {hook.returnArg.type} tells it"
}

findings contains {"path": arg.path, "message": message} if {
	some hook in lib.hooks
	positions := lib.organisation.addresses.arguments[hook.call]
	some arg in hook.args
	arg.index in positions
	lib.largest_of[arg.type]
	not arg.resolve
	message := $"argument {arg.index} of {hook.call} is an address of the kernel"
}
