# METADATA
# scope: package
# title: A filter can match
# description: >-
#   No filter asks for what cannot be: a file's path that is not absolute or not in its plain form, a
#   star (there are no patterns), values that exclude each other, a program without its directory, an
#   action at a return that is not hooked. Where nothing is enforced it is a warning.
# custom:
#   id: TPG-708
#   severity: high
#   why: >-
#     It looks like a guard and is none.
#   fix: >-
#     Write absolute, plain paths; use Prefix or Postfix instead of a star; make the filters of one
#     selector agree.
#   since: "0.1.0"
#   modes: {baseline: enforce, standard: enforce, strict: enforce}
#   monitor: keep
#   applies: [writes]
#   parameters: [types]
package tracegate.guardrails.lint.never_matches

import data.tracegate.lib
import data.tracegate.networks
import data.tracegate.numbers

severity(selector) := "deny" if {
	lib.enforces(selector)
} else := "warn"

findings contains {"path": match.path, "message": message, "severity": severity(selector)} if {
	some [hook, selector] in suspects
	some match in selector.matchArgs
	not match.plain
	lib.positive(match.operator)
	some why, values in flaws(hook, match)
	message := $"{match.operator} on {hook.call} never matches {concat(", ", sort(values))}: {why}"
}

findings contains {"path": match.path, "message": message, "severity": severity(selector)} if {
	some [_, selector] in suspects
	some match in selector.matchBinaries
	not match.plain
	some value in match.values
	why := flawed_program(match.operator, value)
	message := $"{match.operator} {value} never matches: {why}"
}

findings contains {"path": selector.path, "message": message, "severity": severity(selector)} if {
	some [_, selector] in suspects
	some first, one in selector.matchArgs
	some second, other in selector.matchArgs
	first < second
	one.argPosition == other.argPosition
	apart(one, other)
	message := $"no value can be {one.operator} {concat(", ", one.values)} and {other.operator} {concat(", ", other.values)}: this selector never matches"
}

findings contains {"path": selector.path, "message": message, "severity": severity(selector)} if {
	some [_, selector] in suspects
	some one in selector.matchBinaries
	one.operator == "In"
	some other in selector.matchBinaries
	emptied(one.values, other)
	message := "no program is left by the filters of matchBinaries: this selector never matches"
}

findings contains {"path": selector.path, "message": message, "severity": severity(selector)} if {
	some [_, selector] in suspects
	some kind in processes
	some one in object.get(selector, kind, [])
	one.operator == "In"
	some other in selector[kind]
	other.operator == "NotIn"
	same_question(one, other)
	emptied(one.values, other)
	message := $"no process is left by the filters of {kind}: this selector never matches"
}

processes := ["matchPIDs", "matchNamespaces", "matchCapabilities"]

same_question(one, other) if {
	every field in ["namespace", "type", "isNamespaceCapability", "isNamespacePID", "followForks"] {
		object.get(one, field, false) == object.get(other, field, false)
	}
}

findings contains {"path": action.path, "message": message, "severity": "deny"} if {
	some hook in lib.hooks
	not hook.return
	some selector in hook.selectors
	some action in selector.returnActions
	lib.strikes_with(action.action)
	message := $"{action.action} waits for the return of {hook.call}, which is not hooked (return: true)"
}

# METADATA
# description: The selectors that one look does not clear, with their hooks. Nearly all have plain paths and one filter of a kind.
suspects := [[hook, selector] | some hook in lib.hooks; some selector in hook.selectors; suspect(selector)]

suspect(selector) if {
	selector.matchArgs[1]
} else if {
	selector.matchBinaries[1]
} else if {
	selector.matchPIDs[1]
} else if {
	selector.matchNamespaces[1]
} else if {
	selector.matchCapabilities[1]
} else if {
	some match in selector.matchArgs
	not match.plain
} else if {
	some match in selector.matchBinaries
	not match.plain
}

# METADATA
# description: >-
#   Why a filter cannot match, with the values it is true of. Plain paths have no flaw of these, and the module's
#   string functions cost by the letter: they are not asked.
flaws(hook, match) := {why: values | some why, values in path_flaws(match); count(values) > 0} if {
	by_file(hook, match.type)
	match.operator != "FileType" # asks what kind of file it is, and not where
} else := {why: values | some why, values in text_flaws(match); count(values) > 0} if {
	lib.text(match.type)
	names_something(hook, match.type)
} else := {why: match.values | some why in number_flaws(match)}

by_file(_, type) if lib.resolved_path(type)

# METADATA
# description: A system call that is decided on the file itself has its text filters meant as the file's path.
by_file(hook, type) if {
	hook.object
	lib.text(type)
}

# METADATA
# description: Paths that lead to a file through another process's view of it. A pattern is dear, so it is the last to be asked.
detour(value) if {
	startswith(value, "/proc/")
	regex.match("^/proc/(self|thread-self|[0-9]+)(/task/[0-9]+)?/(root|cwd|exe|fd)(/|$)", value)
}

path_flaws(match) := {
	"paths of files are absolute": [value | match.operator in ["Equal", "Prefix"]; some value in match.values; relative(value)],
	"the kernel gives paths of files without //, ./, ../ and without a slash at the end": [value |
		some value in match.values
		unplain(match.operator, value)
	],
	"a star is a character like any other": starred(match.values),
	"patterns are characters like any other": [value | some value in match.values; patterned(value)],
	"no file's name has a space at its end": [value | some value in match.values; spaced(match.operator, value)],
	"the kernel gives the path of the file itself, not one through /proc": [value | some value in match.values; detour(value)],
}

# METADATA
# description: Not what is read or written, nor what a program hands on inside of itself, where a star may well be meant.
names_something(hook, type) if {
	type != "char_buf"
	not hook.type in {"uprobe", "usdt"}
}

text_flaws(match) := {"a star is a character like any other": starred(match.values)}

# METADATA
# description: What a shell or a regular expression would take for more than it is; one bracket alone is the name of a program.
patterned(value) if regex.match(`[?]|^\^|\{[^}]*,[^}]*\}|\[[^\]]+\]|\.\+|\$$|^\$`, value)

spaced(operator, value) if {
	operator in ["Equal", "Postfix"]
	regex.match(`[ \t\n]$`, value)
}

starred(values) := [value | some value in values; contains(value, "*")]

relative(value) if {
	not startswith(value, "/")
	not contains(value, ":")
}

number_flaws(match) := ["no bit is asked for"] if {
	match.operator == "Mask"
	every value in match.values { to_number(value) == 0 }
} else := [$"no {match.type} is larger"] if {
	match.operator == "GT"
	every value in match.values { to_number(value) >= to_number(lib.organisation.types.largest[match.type]) }
} else := [$"no {match.type} is smaller"] if {
	match.operator == "LT"
	every value in match.values { to_number(value) <= to_number(lib.organisation.types.smallest[match.type]) }
} else := []

unplain(_, value) if {
	some part in ["//", "/./", "/../"]
	contains(value, part)
}

unplain(operator, value) if {
	operator in ["Equal", "Postfix"]
	endswith(value, "/")
	value != "/"
}

unplain("Equal", value) if {
	some ending in ["/.", "/.."]
	endswith(value, ending)
}

flawed_program(operator, value) := "programs are compared by their absolute path" if {
	not operator in ["Postfix", "NotPostfix"]
	not startswith(value, "/")
} else := "a program's path has no slash at its end" if {
	operator != "Prefix"
	operator != "NotPrefix"
	endswith(value, "/")
} else := "a star is a character like any other" if {
	contains(value, "*")
} else := "the kernel gives paths without //, ./ and ../" if {
	unplain("Prefix", value)
} else := "patterns are characters like any other" if {
	patterned(value)
} else := "no program's name has a space at its end" if {
	spaced("Equal", value)
} else := "a program is known by the path it was started from, without (deleted)" if {
	endswith(value, " (deleted)")
} else := "the kernel gives the path of the file itself" if detour(value)

apart(one, other) if {
	one.operator == "Equal"
	other.operator == "Equal"
	every value in one.values { not value in other.values }
}

# METADATA
# description: Of two filters on the same part of an argument; who writes more values than a few has not mistaken one.
apart(one, other) if {
	one.operator == other.operator
	ranged[one.operator]
	few(one, other)
	every value in one.values { every second in other.values { disjoint(one.operator, value, second) } }
}

apart(one, other) if {
	one.operator == other.operator
	one.operator in ["Family", "Protocol", "State", "FileType"]
	every value in array.concat(one.values, other.values) { not contains(value, ":") }
	every value in one.values { not value in other.values }
}

apart(one, other) if {
	one.operator == "Postfix"
	other.operator == "Postfix"
	few(one, other)
	every value in one.values { every second in other.values { ends_otherwise(value, second) } }
}

apart(one, other) if emptying(one, other)

apart(one, other) if emptying(other, one)

apart(one, other) if excludes(one, other)

apart(one, other) if excludes(other, one)

excludes(exact, other) if {
	exact.operator == "Equal"
	every value in exact.values { ruled_out(value, other) }
}

excludes(least, most) if {
	least.operator == "GT"
	most.operator == "LT"
	to_number(least.values[0]) + 1 >= to_number(most.values[0])
	count(least.values) == 1
	count(most.values) == 1
}

excludes(exact, bound) if {
	exact.operator == "Equal"
	bound.operator in ["GT", "LT", "InRange"]
	every value in exact.values { every limit in bound.values { beyond(to_number(value), bound.operator, limit) } }
}

excludes(one, other) if {
	one.operator == "Prefix"
	other.operator in ["Prefix", "NotPrefix"]
	every value in one.values { ruled_out_prefix(value, other) }
}

ruled_out(value, other) if {
	other.operator == "NotEqual"
	value in other.values
}

ruled_out(value, other) if {
	other.operator == "Prefix"
	every prefix in other.values { not startswith(value, prefix) }
}

ruled_out(value, other) if {
	other.operator == "Postfix"
	every ending in other.values { not endswith(value, ending) }
}

ruled_out(value, other) if {
	other.operator == "NotPrefix"
	some prefix in other.values
	startswith(value, prefix)
}

ruled_out(value, other) if {
	other.operator == "NotPostfix"
	some ending in other.values
	endswith(value, ending)
}

ruled_out_prefix(value, other) if {
	other.operator == "Prefix"
	every prefix in other.values {
		not startswith(value, prefix)
		not startswith(prefix, value)
	}
}

ruled_out_prefix(value, other) if {
	other.operator == "NotPrefix"
	some prefix in other.values
	startswith(value, prefix)
}

# METADATA
# description: A number on the wrong side of a bound; what is no number (the name of a call) is on neither.
beyond(number, "GT", limit) if number <= to_number(limit)

beyond(number, "LT", limit) if number >= to_number(limit)

beyond(number, "InRange", range) if numbers.outside(number, range)

ends_otherwise(value, second) if {
	not endswith(value, second)
	not endswith(second, value)
}

ranged := {"SPort": true, "DPort": true, "SAddr": true, "DAddr": true, "InRange": true}

few(one, other) if count(one.values) * count(other.values) < 1000

disjoint(operator, value, second) if {
	operator in ["SAddr", "DAddr"]
	not networks.overlap(value, second)
}

disjoint(operator, value, second) if {
	not operator in ["SAddr", "DAddr"]
	numbers.beside(value, second)
}

# METADATA
# description: The one leaves out all that the other asks for.
emptying(wanted, unwanted) if {
	unwanted.operator == $"Not{wanted.operator}"
	wanted.operator in ["SAddr", "DAddr"]
	few(wanted, unwanted)
	every value in wanted.values { networks.includes_any(unwanted.values, value) }
}

emptying(wanted, unwanted) if {
	unwanted.operator == $"Not{wanted.operator}"
	wanted.operator in ["SPort", "DPort", "InRange"]
	few(wanted, unwanted)
	every value in wanted.values { some range in unwanted.values; numbers.includes(range, value)}
}

emptying(wanted, unwanted) if {
	wanted.operator == "FileType"
	unwanted.operator == "NotFileType"
	every value in wanted.values { value in unwanted.values }
}

emptying(wanted, unwanted) if {
	wanted.operator == "Postfix"
	unwanted.operator == "NotPostfix"
	few(wanted, unwanted)
	every value in wanted.values { some ending in unwanted.values; endswith(value, ending)}
}

emptied(values, other) if {
	other.operator == "NotIn"
	every value in values { value in other.values }
}

emptied(values, other) if {
	other.operator == "In"
	every value in values { not value in other.values }
}
