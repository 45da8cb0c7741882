# METADATA
# scope: package
# title: Lists of paths and what filters say of them
# description: >-
#   `data.organisation.paths` has the organisation's lists in both spellings of a merged /usr, and looked up by the first
#   and the last letters (src/guardrails/path-lists.ts): a filter may have many values and a list many paths, and to
#   compare each with each was most of what an enforcing policy cost.
package tracegate.paths

lists := data.organisation.paths

# METADATA
# description: Of how many letters a beginning and an ending are looked up, shorter ones in whole.
key_letters := 6

# METADATA
# description: The paths of a list that a filter's values include.
included(match, list) := [value | some value in match.values; list.names[value]] if {
	equals[match.operator]
} else := [path |
	some value in nearly(match.values, list)
	some path in beginning(value, list)
] if {
	match.operator == "Prefix"
} else := [path |
	some value in match.values
	some path in list.tails[last_letters(value)]
	endswith(path, value)
] if {
	match.operator == "Postfix"
} else := [path |
	some value in match.values
	part := lower(value)
	some index, low in list.lowered
	contains(low, part)
	path := list.paths[index]
] if {
	match.operator in ["SubString", "SubStringIgnCase"]
} else := []

equals := {"Equal": true, "In": true}

# METADATA
# description: The same of a filter that speaks of whole paths, their beginnings or endings; not of parts of a path in any place.
aimed_at(match, list) := included(match, list) if {
	not match.operator in ["SubString", "SubStringIgnCase"]
}

# METADATA
# description: The values that begin like a path of a list as far as it is looked up, which few do. It is asked for all values, so all that is the same for each is named before.
nearly(values, list) := [value |
	letters := key_letters
	heads := list.heads
	some value in values
	heads[substring(value, 0, letters)]
]

beginning(value, list) := [path |
	some path in list.heads[substring(value, 0, key_letters)]
	startswith(path, value)
]

last_letters(value) := substring(value, count(value) - key_letters, -1) if {
	count(value) > key_letters
} else := value

# METADATA
# description: One spelling for the two of a merged /usr.
merged(path) := concat("", ["/usr", path]) if {
	some top in ["/bin/", "/sbin/", "/lib/", "/lib64/"]
	startswith(path, top)
} else := path
