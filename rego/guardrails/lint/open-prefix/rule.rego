# METADATA
# scope: package
# title: A directory ends in a slash
# description: >-
#   A Prefix without a slash at its end also speaks of neighbours: /opt/app is the beginning of
#   /opt/app-other.
# custom:
#   id: TPG-706
#   severity: low
#   why: >-
#     The guard takes more, or exempts more, than was meant.
#   fix: >-
#     End the value in / where a directory is meant.
#   since: "0.1.0"
#   modes: {baseline: info, standard: info, strict: info}
#   monitor: keep
#   applies: [writes, enforces]
#   parameters: []
package tracegate.guardrails.lint.open_prefix

import data.tracegate.lib

findings contains {"path": match.path, "message": message} if {
	some strike in lib.strikes
	some match in strike.selector.matchArgs
	match.operator in ["Prefix", "NotPrefix"]
	lib.text(match.type)
	open := [value | some value in match.values; startswith(value, "/"); not endswith(value, "/")]
	count(open) > 0
	message := $"{match.operator} without a slash at its end also speaks of neighbours: {concat(", ", open)}"
}
