# METADATA
# scope: package
# title: What rules of other engines stand on
# description: >-
#   Compiled in only where an organisation brings such rules. `sprintf` formats as OPA's own does; that one needs
#   the host, and a compiled module asks the host for nothing.
package tracegate.plain

# METADATA
# description: The message of what a rule says, itself a text or an object with one (`msg`, as Gatekeeper has it).
message(said) := said if {
	is_string(said)
} else := said.msg if {
	is_string(said.msg)
} else := shown(said)

sprintf(format, arguments) := replace(concat("", texts), "\u0000", "%") if {
	pieces := split(replace(format, "%%", "\u0000"), "%")
	texts := array.concat([pieces[0]], [text |
		some index, piece in pieces
		index > 0
		text := formatted(piece, at(arguments, index - 1))
	])
}

# METADATA
# description: An argument, or a text that nobody writes where there are too few.
at(arguments, index) := arguments[index] if {
	index < count(arguments)
} else := "\u0001"

formatted(piece, argument) := concat("", [padded(parts, argument), parts[5]]) if {
	parts := regex.find_all_string_submatch_n(`^([-+# 0]*)(\d*)(?:\.(\d+))?([a-zA-Z])((?s:.*))$`, piece, 1)[0]
} else := concat("", ["%!(NOVERB)", piece])

padded(parts, argument) := concat("", [text, filling]) if {
	text := converted(parts, argument)
	filling := blanks(parts, text, " ")
	contains(parts[1], "-")
} else := concat("", [blanks(parts, text, fill(parts)), text]) if {
	text := converted(parts, argument)
}

fill(parts) := "0" if {
	contains(parts[1], "0")
} else := " "

blanks(parts, text, blank) := concat("", [blank | some _ in numbers.range(1, lacking)]) if {
	parts[2] != ""
	lacking := to_number(parts[2]) - count(text)
	lacking > 0
} else := ""

converted(parts, argument) := concat("", ["%!", parts[4], "(MISSING)"]) if {
	argument == "\u0001"
} else := shown(argument) if {
	parts[4] == "v"
} else := shown(argument) if {
	parts[4] == "s"
	not is_number(argument)
} else := json.marshal(argument) if {
	parts[4] == "q"
	is_string(argument)
} else := upper(format_int(argument, 16)) if {
	parts[4] == "X"
	is_number(argument)
	floor(argument) == argument
} else := format_int(argument, bases[parts[4]]) if {
	is_number(argument)
	floor(argument) == argument
} else := fixed(argument, object.get(precisions, parts[3], 6)) if {
	parts[4] == "f"
	is_number(argument)
} else := concat("", ["%!", parts[4], "(", kind(argument), "=", $"{argument}", ")"])

bases := {"d": 10, "x": 16, "o": 8, "b": 2}

precisions := {text: number |
	some number in numbers.range(0, 12)
	text := format_int(number, 10)
}

fixed(number, 0) := format_int(round(number), 10)

fixed(number, digits) := concat("", [sign(number), whole, ".", substring(scaled, count(scaled) - digits, -1)]) if {
	digits > 0
	plain := format_int(round(abs(number) * power(digits)), 10)
	zeros := concat("", ["0" | some _ in numbers.range(0, digits - count(plain)); count(plain) <= digits])
	scaled := concat("", [zeros, plain])
	whole := substring(scaled, 0, count(scaled) - digits)
}

sign(number) := "-" if {
	number < 0
} else := ""

power(digits) := product([10 | some _ in numbers.range(1, digits)])

# METADATA
# description: As OPA prints it. A compiled module keeps sets and keys in no order, so they are sorted here.
shown(value) := "set()" if {
	value == set()
} else := concat("", ["{", concat(", ", [element(one) | some one in sort(value)]), "}"]) if {
	is_set(value)
} else := concat("", ["{", concat(", ", pairs), "}"]) if {
	is_object(value)
	pairs := [concat(": ", [element(key), element(value[key])]) | some key in sort(object.keys(value))]
} else := $"{value}"

element(value) := json.marshal(value) if {
	is_string(value)
} else := $"{value}"

kind(argument) := "float64" if {
	is_number(argument)
	floor(argument) != argument
} else := "int64" if {
	is_number(argument)
} else := "string"
