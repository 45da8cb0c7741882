# METADATA
# scope: package
# title: A filter on a path means the file
# description: >-
#   A system call that is decided on its text lets other spellings of the same file through: a relative path,
#   .., a link, /proc/self/root, a descriptor. Where the kernel has a hook that is handed the file, it can be
#   decided on that.
# custom:
#   id: TPG-713
#   severity: low
#   why: >-
#     Who wants to get past the guard writes the path another way.
#   fix: >-
#     Annotate the policy with tracegate.io/match set to object.
#   since: "0.1.0"
#   modes: {baseline: info, standard: info, strict: warn}
#   monitor: keep
#   applies: [writes, enforces, planned]
#   parameters: []
package tracegate.guardrails.lint.text_form

import data.tracegate.lib

findings contains {"path": path, "message": message} if {
	some path in paths
	message := "other spellings of the path pass: annotate the policy with tracegate.io/match: object to mean the file itself"
}

# text that no hook of the kernel has the file of is not meant: it cannot be better
paths contains plan.path if {
	some strike in lib.strikes
	some plan in input.planned
	plan.path == strike.hook.path
	contains(plan.passes, "tracegate.io/match")
}
