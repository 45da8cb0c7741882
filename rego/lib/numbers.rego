# METADATA
# scope: package
# title: Numbers as filters write them
# description: >-
#   A value of a filter is a text: a number, two of them with a colon between (a range with both its ends), or the name of
#   a system call, of which everything here is undefined.
package tracegate.numbers

# METADATA
# description: The first and the last number of a range; of one number, twice that.
ends(range) := [to_number(texts[0]), to_number(texts[count(texts) - 1])] if texts := split(range, ":")

within(number, range) if {
	bounds := ends(range)
	bounds[0] <= number
	number <= bounds[1]
}

within_any(number, ranges) if {
	some range in ranges
	within(number, range)
}

outside(number, range) if number < ends(range)[0]

outside(number, range) if number > ends(range)[1]

# METADATA
# description: Every number of the one range is one of the other.
includes(range, inner) if {
	bounds := ends(range)
	own := ends(inner)
	bounds[0] <= own[0]
	own[1] <= bounds[1]
}

# METADATA
# description: No number is in both.
beside(one, other) if ends(one)[1] < ends(other)[0]

beside(one, other) if ends(other)[1] < ends(one)[0]
