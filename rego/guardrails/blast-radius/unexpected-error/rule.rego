# METADATA
# scope: package
# title: argError is an error callers know
# description: >-
#   argError is one of the errors in the organisation's list: EPERM, ENOENT, EACCES, EROFS, ENOSYS,
#   ECONNREFUSED as shipped.
# custom:
#   id: TPG-208
#   severity: high
#   why: >-
#     EINTR, EAGAIN and the kernel's restart codes make callers try again for ever; what is below -4095
#     is no error.
#   fix: >-
#     Use -1 (EPERM), -13 (EACCES) or another of the list.
#   since: "0.1.0"
#   modes: {baseline: enforce, standard: enforce, strict: enforce}
#   monitor: warn
#   applies: [writes, overrides]
#   parameters: [errors]
package tracegate.guardrails.blast_radius.unexpected_error

import data.tracegate.lib

findings contains {"path": strike.action.path, "message": message} if {
	some strike in lib.overrides
	strike.action.argError < 0
	not strike.action.argError in lib.organisation.errors.allowed
	message := $"callers of {strike.hook.call} are not known to survive the error {strike.action.argError}"
}
