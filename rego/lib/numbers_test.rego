# METADATA
# scope: package
# title: Numbers as filters write them, tested
package tracegate.numbers_test

import data.tracegate.numbers

test_ends_of_a_range if {
	numbers.ends("3:7") == [3, 7]
	numbers.ends("-3") == [-3, -3]
	not numbers.ends("sys_open")
}

test_both_ends_belong_to_a_range if {
	numbers.within(3, "3:7")
	numbers.within(7, "3:7")
	not numbers.within(2, "3:7")
	not numbers.within(8, "3:7")
	not numbers.within(3, "sys_read")
	numbers.within_any(9, ["3:7", "9"])
	not numbers.within_any(8, ["3:7", "9"])
}

test_outside_is_the_rest_of_the_numbers if {
	numbers.outside(2, "3:7")
	numbers.outside(8, "3:7")
	not numbers.outside(3, "3:7")
	not numbers.outside(7, "3:7")
	not numbers.outside(3, "sys_read")
}

test_one_range_in_another if {
	numbers.includes("3:7", "3:7")
	numbers.includes("3:7", "5")
	not numbers.includes("3:7", "2:7")
	not numbers.includes("3:7", "3:8")
}

test_ranges_beside_each_other_share_nothing if {
	numbers.beside("3:7", "8")
	numbers.beside("8", "3:7")
	not numbers.beside("3:7", "7:9")
	not numbers.beside("7:9", "3:7")
	not numbers.beside("3:7", "sys_read")
}
