# METADATA
# scope: package
# title: No name imitates a reserved one
# description: >-
#   A name that reads like a reserved or protected one (other digits, letters or separators, letters that
#   are doubled or change places) is refused.
# custom:
#   id: TPG-104
#   severity: high
#   why: >-
#     At three in the morning guard. and gu4rd- are read as guard-.
#   fix: >-
#     Choose a name that does not look like a reserved one.
#   since: "0.1.0"
#   modes: {baseline: enforce, standard: enforce, strict: enforce}
#   monitor: keep
#   applies: [writes, outsider]
#   parameters: [names, protected]
package tracegate.guardrails.identity.confusable_name

import data.tracegate.lib

skeleton(name) := replaced if {
	lowered := lower(name)
	first := replace(replace(replace(lowered, "_", "-"), ".", "-"), "--", "-")
	second := replace(replace(replace(replace(first, "0", "o"), "1", "l"), "3", "e"), "4", "a")
	third := replace(replace(replace(replace(second, "5", "s"), "6", "g"), "7", "t"), "9", "g")
	replaced := replace(replace(third, "q", "g"), "cl", "d")
}

findings contains {"path": "/metadata/name", "message": message} if {
	not lib.platform
	input.operation != "delete"
	some prefix in lib.organisation.names.reserved
	not startswith(lib.policy.name, prefix)
	imitates(replace(skeleton(prefix), "-", ""))
	message := $"the name {lib.policy.name} reads like {trim_suffix(prefix, "-")}"
}

parts := split(skeleton(lib.policy.name), "-")

# METADATA
# description: Whether what stands before one of the separators is the word, cut up or misspelt.
imitates(word) if {
	some place, _ in parts
	concat("", array.slice(parts, 0, place + 1)) == word
} else if {
	skeleton(trim_right(split(lower(lib.policy.name), "-")[0], "0123456789")) == word
} else if {
	single(letters(parts[0])) == single(letters(word))
} else if {
	substring(parts[0], 0, 1) == substring(word, 0, 1)
	sort(letters(parts[0])) == sort(letters(word))
} else if {
	count(word) > 7
	misspelt(parts[0], word)
}

letters(word) := [substring(word, place, 1) | some place in numbers.range(0, count(word) - 1)]

single(spelt) := concat("", [letter | some place, letter in spelt; not doubled(spelt, place)])

doubled(spelt, place) if spelt[place] == spelt[place - 1]

# METADATA
# description: One letter of a long word is missing or another one.
misspelt(part, word) if {
	some place in numbers.range(0, count(word) - 1)
	before := substring(word, 0, place)
	after := substring(word, place + 1, -1)
	startswith(part, before)
	endswith(part, after)
	count(part) in [count(word) - 1, count(word)]
}

findings contains {"path": "/metadata/name", "message": message} if {
	not lib.platform
	input.operation != "delete"
	some protected in lib.organisation.protected.policies
	protected != lib.policy.name
	skeleton(protected) == skeleton(lib.policy.name)
	message := $"the name {lib.policy.name} reads like that of the protected policy {protected}"
}
