# METADATA
# scope: package
# title: Essential operations stay open
# description: >-
#   Enforcing on what every program does (execve, open, read, write, mmap, connect … and the checks
#   behind them, changes of user too) has to be narrowed to programs, or to values that include no essential file.
#   What every service does now and then (rename, unlink, mount, fsync …) is not taken from everybody. Only
#   writing to an essential file may be denied, and a private one may be kept for the programs that are named.
# custom:
#   id: TPG-204
#   severity: critical
#   why: >-
#     A host on which nothing can be opened or started cannot be repaired either.
#   fix: >-
#     Add matchBinaries In, or filter on paths that hold no part of the system. A private file (/etc/shadow) is kept for
#     its own programs by matchBinaries NotIn.
#   since: "0.1.0"
#   modes: {baseline: enforce, standard: enforce, strict: enforce}
#   monitor: warn
#   exceptions: never
#   applies: [writes, enforces]
#   parameters: [hooks, protected]
package tracegate.guardrails.blast_radius.essential_operation

import data.tracegate.lib
import data.tracegate.networks
import data.tracegate.numbers
import data.tracegate.paths

findings contains {"path": strike.action.path, "message": message} if {
	some strike in lib.strikes
	strike.lists.essential
	not narrow(strike.hook, strike.selector)
	message := $"{strike.action.action} on {strike.hook.call} takes an essential operation from everybody{named(strike.hook, strike.selector)}"
}

findings contains {"path": strike.action.path, "message": message} if {
	some strike in lib.strikes
	strike.lists.vital
	not lib.policy.namespace
	whom := taken(strike)
	message := $"{strike.action.action} on {strike.hook.call} takes from everybody what every service needs now and then{whom}"
}

# METADATA
# description: >-
#   Whether a call that services make now and then is taken from all of the host: nothing filters, or no more than that
#   it is the host, or a beginning of paths that holds the directories services work in.
taken(strike) := "" if {
	strike.reach == "all"
	not lib.policy.workloads
} else := "" if {
	strike.reach == "all"
	lib.policy.workloads == "host"
} else := ", on all of the host" if {
	of_host(strike.selector)
} else := $", below {directories[0]} too" if {
	not lib.some_processes(strike.selector)
	directories := [directory |
		some match in strike.selector.matchArgs
		match.operator == "Prefix"
		lib.text(match.type)
		some directory in paths.included(match, paths.lists.working)
	]
	count(directories) > 0
}

of_host(selector) if {
	some match in selector.matchNamespaces
	match.operator == "In"
	"host_ns" in match.values
	every kind in ["matchArgs", "matchBinaries", "matchPIDs", "matchParentBinaries", "matchCapabilities"] {
		count(object.get(selector, kind, [])) == 0
	}
	not selector.matchWorkloads
}

# METADATA
# description: The cheap questions first; texts are compared with the essential files only when nothing else narrows.
narrow(hook, selector) if {
	lib.some_processes(selector)
} else if {
	in_namespace(selector)
} else if {
	some match in selector.matchArgs
	lib.positive(match.operator)
	not lib.vacuous(match)
	not lib.text(match.type)
	telling(hook, selector, match)
} else if {
	some match in selector.matchArgs
	match.operator in ["Equal", "Prefix", "Postfix", "SubString", "SubStringIgnCase"]
	lib.text(match.type)
	match.type != "auto" # a number of a call may be what it turns out to be
	not lib.vacuous(match)
	count(kept(selector, includes(match, needed_files(hook, selector)))) == 0
}

# METADATA
# description: The pods of one namespace are no host; what goes on there its enforcers say, as long as something filters.
in_namespace(selector) if {
	lib.policy.namespace
	lib.filtered(selector)
	every match in selector.matchArgs { not lib.vacuous(match) }
	every match in selector.matchBinaries { not lib.vacuous(match) }
}

named(hook, selector) := $", with {needed[0]} too" if {
	needed := [network | some match in selector.matchArgs; match.operator in ["SAddr", "DAddr"]; some network in needed_networks(selector, match)]
	count(needed) > 0
} else := $", on port {ports[0]} too" if {
	of_hook := needed_ports(hook)
	ports := [port | some match in selector.matchArgs; match.operator in ["SPort", "DPort"]; some port in of_hook; numbers.within_any(port, match.values)]
	count(ports) > 0
} else := $", on {found[0]} too" if {
	found := [file |
		some match in selector.matchArgs
		match.operator in ["Equal", "Prefix", "Postfix", "SubString", "SubStringIgnCase"]
		lib.text(match.type)
		some file in includes(match, needed_files(hook, selector))
	]
	count(found) > 0
} else := ""

# METADATA
# description: Of files that are only written, those that every program writes to; else all that are essential.
needed_files(hook, selector) := paths.lists.written if {
	some match in selector.matchArgs
	match.operator in ["Equal", "Mask"]
	allowed := writing[call_of(hook)][format_int(match.argIndex, 10)]
	every value in match.values {
		to_number(value) > 0
		bits.and(to_number(value), allowed) == to_number(value)
	}
} else := paths.lists.essential

# METADATA
# description: By call and argument, the bits that ask for writing and for nothing else.
writing := {
	"security_file_permission": {"1": 10},
	"sys_open": {"1": 1603},
	"sys_openat": {"2": 1603},
}

call_of(hook) := hook.call if {
	writing[hook.call]
} else := object.get(hook, "also", "")

# METADATA
# description: What is left of the files when the selector leaves programs out that may have the private ones.
kept(selector, files) := [file | some file in files; not file in lib.organisation.protected.private] if {
	some match in selector.matchBinaries
	match.operator == "NotIn"
} else := files

# METADATA
# description: Those of the files that a filter's values include.
includes(match, files) := array.concat(paths.included(match, files), versions(match, files))

# METADATA
# description: >-
#   Whether a number, an address or a kind tells a call from those that every program makes. What the organisation's
#   table does not know of an essential call tells nothing.
telling(_, selector, match) if {
	match.operator in ["SAddr", "DAddr"]
	count(needed_networks(selector, match)) == 0
}

telling(hook, _, match) if {
	match.operator in ["SPort", "DPort"]
	every port in needed_ports(hook) { not numbers.within_any(port, match.values) }
}

# METADATA
# description: A port to all addresses but some, which the resolver of the cluster or the API server may be.
telling(hook, selector, match) if {
	match.operator in ["SPort", "DPort"]
	not listens(hook)
	some other in selector.matchArgs
	other.operator in ["NotSAddr", "NotDAddr"]
}

telling(_, _, match) if {
	match.operator in ["Family", "Protocol"]
	every value in match.values { not value in everyday }
}

telling(_, _, match) if match.operator == "CapabilitiesGained"

# METADATA
# description: A fact of the process itself (its user, say); 0 is root.
telling(_, _, match) if {
	match.operator == "Equal"
	match.argIndex == -1
	not "0" in match.values
}

# METADATA
# description: The number of a system call that not every program makes.
telling(_, _, match) if {
	match.type == "syscall64"
	match.operator in ["Equal", "InRange"]
	every value in match.values { rare(value) }
}

telling(hook, _, match) if {
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
	every value in entry.ordinary { not numbers.within_any(to_number(value), match.values) }
}

apart(match, entry) if {
	match.operator == "GT"
	every value in entry.ordinary { to_number(value) <= to_number(match.values[0]) }
}

apart(match, entry) if {
	match.operator == "Mask"
	every value in match.values { bits.and(to_number(value), entry.bits) == 0 }
}

needed_ports(hook) := array.concat(lib.organisation.protected.ports, [22]) if {
	listens(hook)
} else := lib.organisation.protected.ports

# METADATA
# description: Where a port is the process’s own, and sshd has to have its one.
listens(hook) if hook.call in ["security_socket_bind", "security_socket_listen", "inet_csk_listen_start", "sys_bind"]

# METADATA
# description: The networks of the organisation's list (loopback at least) that a filter's addresses include and no other of its filters leaves out.
needed_networks(selector, match) := [network |
	some network in lib.organisation.protected.networks
	some value in match.values
	networks.overlap(network, value)
	not left_out(selector, network)
]

left_out(selector, network) if {
	some match in selector.matchArgs
	match.operator in ["NotSAddr", "NotDAddr"]
	some value in match.values
	networks.includes(value, network)
}

rare(value) if {
	name := trim_prefix(value, "i386/")
	startswith(name, "sys_")
	not lib.listed(name, lib.organisation.hooks.essential)
}

rare(value) if {
	number := to_number(value)
	not number in lib.organisation.essentialNumbers
}

# METADATA
# description: A library that every program has, by whichever version; one may still be kept from being written.
versions(match, files) := [value |
	files.names["/etc/ld.so.cache"]
	some value in match.values
	lib.listed(value, paths.lists.libraries)
]
