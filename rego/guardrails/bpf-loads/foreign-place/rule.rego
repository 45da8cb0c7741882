# METADATA
# scope: package
# title: Nothing is loaded from containers and user namespaces
# description: >-
#   A program is loaded from a container, from a user namespace or with a BPF token only by a loader whose
#   entry of the allow-list names that place.
# custom:
#   id: BPG-902
#   severity: critical
#   why: >-
#     A container that may load BPF programs is no container: what it loads sees and rules the whole host.
#   fix: >-
#     Load it from the host, or name the place under `places` of the loader's entry.
#   since: "0.1.0"
#   modes: {baseline: enforce, standard: enforce, strict: enforce}
#   monitor: keep
#   exceptions: approved
#   applies: [loads]
#   parameters: [bpf]
package tracegate.guardrails.bpf_loads.foreign_place

import data.tracegate.loads

findings contains {"path": "/load/place", "message": message} if {
	loads.load.place != "host"
	not placed
	message := $"{loads.who} may not load from a {loads.load.place}"
}

findings contains {"path": loads.path(index), "message": message} if {
	some index, program in loads.programs
	program.asks == "token"
	not loads.granted("tokens")
	message := $"{loads.who} may not make BPF tokens"
}

findings contains {"path": "/load/user", "message": message} if {
	loads.load.user == "other"
	message := $"{loads.who} may not load as a user that its entry does not name"
}

placed if loads.load.place in loads.entry.places
