# METADATA
# scope: package
# title: Network and cgroup programs are for loaders that name them
# description: >-
#   A loader puts programs into the network's path or on cgroups only where its entry lists the type; an
#   entry without types does not mean these. The container runtime's own needs are met.
# custom:
#   id: BPG-906
#   severity: high
#   why: >-
#     One such program drops, redirects or reads all traffic of the host, the administrator's too.
#   fix: >-
#     List the type under `types` of the loader's entry.
#   since: "0.1.0"
#   modes: {baseline: enforce, standard: enforce, strict: enforce}
#   monitor: keep
#   exceptions: approved
#   applies: [loads]
#   parameters: [bpf]
package tracegate.guardrails.bpf_loads.network_path

import data.tracegate.loads

findings contains {"path": loads.path(index), "message": message} if {
	some index, program in loads.programs
	program.asks == "type"
	loads.fits_any(program.type, loads.bpf.network)
	not named(program.type)
	message := $"{loads.who} may not load programs of type {program.type}: its entry does not name that"
}

named(type) if loads.fits_any(type, loads.entry.types)

named(type) if type in loads.load.loader.learned

named(type) if {
	loads.essential
	type in loads.bpf.essentialTypes
}
