# METADATA
# scope: package
# title: Networks as filters write them, tested
package tracegate.networks_test

import data.tracegate.networks

test_an_address_is_a_network_of_one if {
	networks.network("10.0.0.1") == "10.0.0.1/32"
	networks.network("::1") == "::1/128"
	networks.network("10.0.0.0/8") == "10.0.0.0/8"
}

test_what_includes_and_what_only_overlaps if {
	networks.includes("10.0.0.0/8", "10.1.2.3")
	not networks.includes("10.1.2.3", "10.0.0.0/8")
	networks.overlap("10.1.2.3", "10.0.0.0/8")
	not networks.overlap("11.1.2.3", "10.0.0.0/8")
	networks.includes_any(["fd00::/8", "10.0.0.0/8"], "10.0.0.0/9")
	not networks.includes_any(["fd00::/8"], "10.0.0.0/9")
}
