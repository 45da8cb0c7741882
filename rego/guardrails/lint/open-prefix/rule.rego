# METADATA
# scope: package
# title: The slash at the end of a Prefix is meant
# description: >-
#   A Prefix without a slash at its end also speaks of neighbours: /opt/app is the beginning of
#   /opt/app-other. Where the argument is the directory that something changes in (security_path_unlink, …_mkdir,
#   …_rename), a Prefix with one misses what lies directly in it: the kernel gives the directory without a slash.
# custom:
#   id: TPG-706
#   severity: low
#   why: >-
#     The guard takes more, or exempts more, than was meant; or it lets the nearest files through.
#   fix: >-
#     End the value in / where what lies below a directory is meant. Where the argument is the directory itself, name it
#     without a slash by Equal in a second selector.
#   since: "0.1.0"
#   modes: {baseline: info, standard: warn, strict: warn}
#   monitor: keep
#   applies: [writes, enforces]
#   parameters: []
package tracegate.guardrails.lint.open_prefix

import data.tracegate.lib

findings contains {"path": match.path, "message": message, "severity": "info"} if {
	some strike in lib.strikes
	some match in strike.selector.matchArgs
	match.operator in ["Prefix", "NotPrefix"]
	lib.text(match.type)
	open := [value | some value in match.values; startswith(value, "/"); not endswith(value, "/")]
	count(open) > 0
	message := $"{match.operator} without a slash at its end also speaks of neighbours: {concat(", ", open)}"
}

findings contains {"path": match.path, "message": message, "severity": "warn"} if {
	some strike in lib.strikes
	indexes := directories[strike.hook.call]
	some match in strike.selector.matchArgs
	match.operator == "Prefix"
	match.argIndex in indexes
	lib.resolved_path(match.type)
	spoken := spoken_of(strike.hook, match.argIndex)
	missed := [value | some value in match.values; endswith(value, "/"); not named(spoken, trim_suffix(value, "/"))]
	count(missed) > 0
	message := $"argument {match.argIndex} of {strike.hook.call} is a directory, without a slash at its end: what lies directly in {concat(", ", missed)} is not spoken of"
}

# METADATA
# description: By the kernel's checks, which arguments are the directory that holds what is changed.
directories := {
	"security_path_unlink": [0],
	"security_path_mkdir": [0],
	"security_path_rmdir": [0],
	"security_path_mknod": [0],
	"security_path_symlink": [0],
	"security_path_link": [1],
	"security_path_rename": [0, 2],
}

# METADATA
# description: >-
#   What the enforcing filters of a hook say of one argument, put together once: a list may have many directories, and each is
#   looked up with those above it instead of being compared with all others.
spoken_of(hook, index) := {
	"names": {value: true | some match in filters; match.operator == "Equal"; some value in match.values},
	"above": {trim_suffix(value, "/"): true | some value in beginnings; endswith(value, "/")},
	"open": [value | some value in beginnings; not endswith(value, "/")],
} if {
	filters := [match |
		some selector in hook.selectors
		lib.enforces(selector)
		some match in selector.matchArgs
		match.argIndex == index
	]
	beginnings := [value | some match in filters; match.operator == "Prefix"; some value in match.values]
}

# METADATA
# description: All that there is lies in the root, which needs no other name.
named(_, "")

named(spoken, directory) if spoken.names[directory]

named(spoken, directory) if {
	some value in spoken.open
	startswith(directory, value)
}

named(spoken, directory) if {
	parts := split(directory, "/")
	some depth, _ in parts
	spoken.above[concat("/", array.slice(parts, 0, depth))]
}
