# METADATA
# scope: package
# title: No selector hides an enforcing one
# description: >-
#   Only the first selector that matches acts. A selector that does not enforce, and lets through all
#   that a later enforcing one would, makes the later one idle.
# custom:
#   id: TPG-304
#   severity: high
#   why: >-
#     It looks like a guard and is none.
#   fix: >-
#     Put the enforcing selector first, or narrow the earlier one.
#   since: "0.1.0"
#   modes: {baseline: enforce, standard: enforce, strict: enforce}
#   monitor: keep
#   exceptions: never
#   applies: [writes, enforces]
#   parameters: []
package tracegate.guardrails.self_protection.shadowed

import data.tracegate.lib
import data.tracegate.networks
import data.tracegate.numbers

findings contains {"path": later.path, "message": message} if {
	some hook in lib.hooks
	some second, later in hook.selectors
	lib.enforces(later)
	some first, earlier in hook.selectors
	first < second
	not lib.enforces(earlier)
	covers(earlier, later)
	message := $"the selector {earlier.path} on {hook.call} matches all that this one does, and only the first acts: nothing is enforced here"
}

# METADATA
# description: Every process and call that `later` speaks of is spoken of by `earlier` already.
covers(earlier, later) if {
	object.get(earlier, "matchWorkloads", "all") in ["all", object.get(later, "matchWorkloads", "all")]
	every match in earlier.matchArgs { implied(match, later.matchArgs) }
	every match in earlier.matchBinaries { included(match, later.matchBinaries) }
	every match in object.get(earlier, "matchParentBinaries", []) {
		included(match, object.get(later, "matchParentBinaries", []))
	}
	every match in earlier.matchPIDs { included(match, pids_of(later, match)) }
	every match in object.get(earlier, "matchNamespaces", []) { included(match, later_of(later, "matchNamespaces", match)) }
	every match in object.get(earlier, "matchCapabilities", []) { included(match, later_of(later, "matchCapabilities", match)) }
	every kind in ["matchNamespaceChanges", "matchCapabilityChanges"] {
		every match in object.get(earlier, kind, []) { included(match, later_of(later, kind, match)) }
	}
	count(earlier.matchReturnArgs) == 0
}

# METADATA
# description: The later selector's filters of one kind that look at the same thing.
later_of(later, kind, match) := [candidate |
	some candidate in object.get(later, kind, [])
	every field in ["namespace", "type", "isNamespaceCapability"] {
		object.get(candidate, field, "") == object.get(match, field, "")
	}
]

# METADATA
# description: The later selector's filters on processes whose numbers mean no more than those of the earlier one do.
pids_of(later, match) := [candidate |
	some candidate in later.matchPIDs
	object.get(candidate, "isNamespacePID", false) == object.get(match, "isNamespacePID", false)
	follows_no_more(match, candidate)
]

follows_no_more(match, candidate) if {
	object.get(match, "followForks", false) == object.get(candidate, "followForks", false)
}

follows_no_more(match, _) if {
	match.operator == "In"
	object.get(match, "followForks", false)
}

follows_no_more(match, candidate) if {
	match.operator == "NotIn"
	object.get(candidate, "followForks", false)
}

implied(match, candidates) if {
	some candidate in candidates
	candidate.argPosition == match.argPosition
	object.get(candidate, "beforePosition", -1) == object.get(match, "beforePosition", -1)
	narrower(match, candidate)
}

# METADATA
# description: Every file has a path, and every address is of one family or the other.
implied(match, _) if {
	match.operator == "Prefix"
	lib.resolved_path(match.type)
	"/" in match.values
}

implied(match, _) if {
	match.operator in ["SAddr", "DAddr"]
	every whole in ["0.0.0.0/0", "::/0"] { whole in match.values }
}

narrower(match, candidate) if {
	match.operator == candidate.operator
	lib.positive(match.operator)
	every value in candidate.values { value in match.values }
}

narrower(match, candidate) if {
	match.operator == "Prefix"
	candidate.operator in ["Prefix", "Equal"]
	every value in candidate.values { begins(value, match.values) }
}

narrower(match, candidate) if {
	match.operator == candidate.operator
	not lib.positive(match.operator)
	every value in match.values { value in candidate.values }
}

narrower(match, candidate) if {
	leaves_out[match.operator][candidate.operator]
	few(match, candidate)
	every value in candidate.values { every exempt in match.values { apart(match.operator, value, exempt) } }
}

narrower(match, candidate) if {
	match.operator == "Postfix"
	candidate.operator in ["Postfix", "Equal"]
	every value in candidate.values { ends(value, match.values) }
}

narrower(match, candidate) if {
	match.operator == "NotEqual"
	candidate.operator == "Equal"
	every value in candidate.values { not value in match.values }
}

narrower(match, candidate) if {
	match.operator == "GT"
	candidate.operator == "Equal"
	every value in candidate.values { every bound in match.values { to_number(value) > to_number(bound) } }
}

narrower(match, candidate) if {
	match.operator == "LT"
	candidate.operator == "Equal"
	every value in candidate.values { every bound in match.values { to_number(value) < to_number(bound) } }
}

narrower(match, candidate) if {
	match.operator in ["SubString", "SubStringIgnCase"]
	candidate.operator in ["Equal", "Prefix", "Postfix", "SubString"]
	every value in candidate.values { holds(value, match) }
}

# METADATA
# description: Numbers and ports within the ranges of the earlier one.
narrower(match, candidate) if {
	match.operator in ["InRange", "SPort", "DPort"]
	candidate.operator in [match.operator, "Equal"]
	every value in candidate.values { within(value, match.values) }
}

narrower(match, candidate) if {
	match.operator in ["SAddr", "DAddr"]
	candidate.operator == match.operator
	every value in candidate.values { networks.includes_any(match.values, value) }
}

# METADATA
# description: Each value has one of the bits of a mask; numbers beyond a bound are beyond a lower one.
narrower(match, candidate) if {
	match.operator == "Mask"
	candidate.operator == "Equal"
	every value in candidate.values { bitten(value, match.values) }
}

narrower(match, candidate) if {
	match.operator == "GT"
	candidate.operator == "GT"
	every value in candidate.values { every bound in match.values { to_number(value) >= to_number(bound) } }
}

narrower(match, candidate) if {
	match.operator == "LT"
	candidate.operator == "LT"
	every value in candidate.values { every bound in match.values { to_number(value) <= to_number(bound) } }
}

# METADATA
# description: Operators that say what is not meant, and those whose values may all be beside that.
leaves_out := {
	"NotPrefix": {"Equal": true, "Prefix": true, "In": true},
	"NotPostfix": {"Equal": true, "Postfix": true, "In": true},
	"NotSAddr": {"SAddr": true},
	"NotDAddr": {"DAddr": true},
	"NotSPort": {"SPort": true},
	"NotDPort": {"DPort": true},
	"NotInRange": {"InRange": true, "Equal": true},
}

few(match, candidate) if count(match.values) * count(candidate.values) < 1000

apart("NotPrefix", value, exempt) if {
	not startswith(value, exempt)
	not startswith(exempt, value)
}

apart("NotPostfix", value, exempt) if {
	not endswith(value, exempt)
	not endswith(exempt, value)
}

apart(operator, value, exempt) if {
	operator in ["NotSAddr", "NotDAddr"]
	not networks.overlap(value, exempt)
}

apart(operator, value, exempt) if {
	operator in ["NotSPort", "NotDPort", "NotInRange"]
	numbers.beside(value, exempt)
}

holds(value, match) if {
	match.operator == "SubString"
	some part in match.values
	contains(value, part)
}

holds(value, match) if {
	match.operator == "SubStringIgnCase"
	some part in match.values
	contains(lower(value), lower(part))
}

# METADATA
# description: Whether a number or a range (names of calls are neither) lies in one of the ranges.
within(value, ranges) if value in ranges

within(value, ranges) if {
	some range in ranges
	numbers.includes(range, value)
}

bitten(value, masks) if {
	some mask in masks
	bits.and(to_number(value), to_number(mask)) > 0
}

begins(value, prefixes) if {
	some prefix in prefixes
	startswith(value, prefix)
}

ends(value, endings) if {
	some ending in endings
	endswith(value, ending)
}

included(match, candidates) if {
	some candidate in candidates
	reaches_as_far(match, candidate)
	candidate.operator == match.operator
	match.operator in lib.aimed
	every value in candidate.values { value in match.values }
}

included(match, candidates) if {
	some candidate in candidates
	reaches_as_far(match, candidate)
	match.operator == "Prefix"
	candidate.operator in ["In", "Prefix"]
	every value in candidate.values { begins(value, match.values) }
}

included(match, candidates) if {
	some candidate in candidates
	reaches_as_far(match, candidate)
	match.operator == "Postfix"
	candidate.operator in ["In", "Postfix"]
	every value in candidate.values { ends(value, match.values) }
}

included(match, candidates) if {
	some candidate in candidates
	reaches_as_far(match, candidate)
	candidate.operator == match.operator
	match.operator in ["NotIn", "NotPrefix", "NotPostfix"]
	every value in match.values { value in candidate.values }
}

# METADATA
# description: All but some programs, and the later selector names none of those.
included(match, candidates) if {
	match.operator in ["NotPrefix", "NotPostfix"]
	some candidate in candidates
	narrower(match, candidate)
}

included(match, _) if {
	match.operator == "Prefix"
	"/" in match.values
}

included(match, candidates) if {
	match.operator == "NotIn"
	not object.get(match, "followChildren", false)
	some candidate in candidates
	candidate.operator == "In"
	not object.get(candidate, "followChildren", false)
	every value in candidate.values { not value in match.values }
}

# METADATA
# description: >-
#   With followChildren a filter that names programs takes more, one that exempts them takes less.
reaches_as_far(match, candidate) if {
	object.get(match, "followChildren", false) == object.get(candidate, "followChildren", false)
}

reaches_as_far(match, _) if {
	object.get(match, "followChildren", false)
	match.operator == "In"
}

reaches_as_far(match, candidate) if {
	not object.get(match, "followChildren", false)
	object.get(candidate, "followChildren", false)
	match.operator == "NotIn"
}
