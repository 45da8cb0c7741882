# METADATA
# scope: package
# title: Essential operations stay open
# description: >-
#   Enforcing on what every program does (execve, open, read, write, mmap, connect … and the checks
#   behind them) has to be narrowed to programs, or to values that include no essential file.
# custom:
#   id: TPG-204
#   severity: critical
#   why: >-
#     A host on which nothing can be opened or started cannot be repaired either.
#   fix: >-
#     Add matchBinaries In, or filter on paths that hold no part of the system.
#   since: "0.1.0"
#   modes: {baseline: enforce, standard: enforce, strict: enforce}
#   monitor: warn
#   exceptions: never
#   applies: [writes, enforces]
#   parameters: [hooks, protected]
package tracegate.guardrails.blast_radius.essential_operation

import data.tracegate.lib

findings contains {"path": strike.action.path, "message": message} if {
	essential_list := lib.organisation.hooks.essential
	some strike in lib.strikes
	lib.on(strike.hook, essential_list)
	not narrow(strike.hook, strike.selector)
	message := $"{strike.action.action} on {strike.hook.call} takes an essential operation from everybody{named(strike.selector)}"
}

# METADATA
# description: The cheap questions first; texts are compared with the essential files only when nothing else narrows.
narrow(hook, selector) if {
	lib.some_binaries(selector)
} else if {
	lib.some_pids(selector)
} else if {
	lib.some_namespaces(selector)
} else if {
	lib.some_parents(selector)
} else if {
	lib.some_pods(selector.matchWorkloads)
} else if {
	lib.some_pods(lib.policy.workloads)
} else if {
	some match in selector.matchArgs
	lib.positive(match.operator)
	not lib.vacuous(match)
	not lib.text(match.type)
	telling(hook, match)
} else if {
	some match in selector.matchArgs
	match.operator in ["Equal", "Prefix", "Postfix", "SubString", "SubStringIgnCase"]
	lib.text(match.type)
	match.type != "auto" # a number of a call may be what it turns out to be
	not lib.vacuous(match)
	count(includes(match)) == 0
}

named(selector) := $", with {networks[0]} too" if {
	networks := [network | some match in selector.matchArgs; match.operator in ["SAddr", "DAddr"]; some network in needed_networks(match)]
	count(networks) > 0
} else := message if {
	found := [file | some match in selector.matchArgs; some file in includes(match)]
	count(found) > 0
	message := $", on {found[0]} too"
} else := ""

# METADATA
# description: The essential files that a filter's values include.
includes(match) := [file | some file in lib.essential_files; file in match.values] if {
	match.operator == "Equal"
} else := [file | some value in match.values; some file in lib.essential_files; startswith(file, value)] if {
	match.operator == "Prefix"
} else := [file | some value in match.values; some file in lib.essential_files; endswith(file, value)] if {
	match.operator == "Postfix"
} else := [file | some value in match.values; some file in lib.essential_files; contains(lower(file), lower(value))]

# METADATA
# description: >-
#   Whether a number, an address or a kind tells a call from those that every program makes. What the organisation's
#   table does not know of an essential call tells nothing.
telling(_, match) if {
	match.operator in ["SAddr", "DAddr"]
	count(needed_networks(match)) == 0
}

telling(_, match) if {
	match.operator in ["SPort", "DPort"]
	every port in lib.organisation.protected.ports { not within(port, match.values) }
}

telling(_, match) if {
	match.operator in ["Family", "Protocol"]
	every value in match.values { not value in everyday }
}

telling(_, match) if match.operator == "CapabilitiesGained"

# METADATA
# description: A fact of the process itself (its user, say); 0 is root.
telling(_, match) if {
	match.operator == "Equal"
	match.argIndex == -1
	not "0" in match.values
}

# METADATA
# description: The number of a system call that not every program makes.
telling(_, match) if {
	match.type == "syscall64"
	match.operator in ["Equal", "InRange"]
	every value in match.values { rare(value) }
}

telling(hook, match) if {
	match.type != "syscall64"
	entry := entries(hook)[format_int(match.argIndex, 10)]
	apart(match, entry)
}

everyday := ["AF_UNSPEC", "AF_UNIX", "AF_INET", "AF_INET6", "AF_NETLINK", "IPPROTO_IP", "IPPROTO_TCP", "IPPROTO_UDP"]

entries(hook) := lib.organisation.telling[hook.call] if {
	lib.organisation.telling[hook.call]
} else := lib.organisation.telling[hook.also]

apart(match, entry) if {
	match.operator == "Equal"
	every value in match.values { not value in entry.ordinary }
}

apart(match, entry) if {
	match.operator == "InRange"
	every value in entry.ordinary { not within(to_number(value), match.values) }
}

apart(match, entry) if {
	match.operator == "GT"
	every value in entry.ordinary { to_number(value) <= to_number(match.values[0]) }
}

apart(match, entry) if {
	match.operator == "Mask"
	every value in match.values { bits.and(to_number(value), entry.bits) == 0 }
}

within(number, ranges) if {
	some range in ranges
	ends := split(range, ":")
	number >= to_number(ends[0])
	number <= to_number(ends[count(ends) - 1])
}

# METADATA
# description: The networks of the organisation's list (loopback at least) that a filter's addresses include.
needed_networks(match) := [network |
	some network in lib.organisation.protected.networks
	some value in match.values
	net.cidr_intersects(network, whole(value))
]

whole(value) := value if {
	contains(value, "/")
} else := concat("", [value, "/128"]) if {
	contains(value, ":")
} else := concat("", [value, "/32"])

rare(value) if {
	name := trim_prefix(value, "i386/")
	startswith(name, "sys_")
	not lib.listed(name, lib.organisation.hooks.essential)
}

rare(value) if {
	number := to_number(value)
	not number in lib.organisation.essentialNumbers
}
