# METADATA
# scope: package
# title: Addresses and networks as filters write them
# description: An address alone is a network of one.
package tracegate.networks

overlap(one, other) if net.cidr_intersects(network(one), network(other))

includes(outer, inner) if net.cidr_contains(network(outer), network(inner))

includes_any(networks, inner) if {
	some outer in networks
	includes(outer, inner)
}

network(value) := value if {
	contains(value, "/")
} else := concat("", [value, "/128"]) if {
	contains(value, ":")
} else := concat("", [value, "/32"])
