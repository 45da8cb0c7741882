# METADATA
# scope: package
# title: Protected programs are not hit
# description: >-
#   No enforcing action is aimed at a protected program (init, journald, kubelet, container runtimes,
#   sshd …) by its path, in either spelling of a merged /usr, nor at the host's first processes by
#   number.
# custom:
#   id: TPG-202
#   severity: critical
#   why: >-
#     Without them the host cannot be reached, or does not run its workloads any more.
#   fix: >-
#     Take the program out of matchBinaries; it is in the protected set.
#   since: "0.1.0"
#   modes: {baseline: enforce, standard: enforce, strict: enforce}
#   monitor: warn
#   exceptions: never
#   applies: [writes, enforces]
#   parameters: [protected]
package tracegate.guardrails.blast_radius.protected_process

import data.tracegate.lib

findings contains {"path": match.path, "message": message} if {
	some strike in lib.strikes
	some match in strike.selector.matchBinaries
	match.operator == "In"
	some value in match.values
	protected[lib.merged(value)]
	message := $"{strike.action.action} on {strike.hook.call} is aimed at {value}, which is protected"
}

findings contains {"path": match.path, "message": message} if {
	some strike in lib.strikes
	some match in strike.selector.matchBinaries
	begins := verb[match.operator]
	hit := [program | some program in lib.spellings([path | some path, _ in protected]); lib.aims(match, program)]
	program := sort(hit)[0]
	message := $"{strike.action.action} on {strike.hook.call} is aimed at all that {begins} {concat(", ", match.values)}: {program} is protected"
}

findings contains {"path": match.path, "message": message} if {
	some strike in lib.strikes
	some match in strike.selector.matchPIDs
	match.operator == "In"
	not match.isNamespacePID
	some pid in match.values
	pid in [0, 1, 2]
	message := $"{strike.action.action} on {strike.hook.call} is aimed at process {pid}, without which the host does not run"
}

findings contains {"path": match.path, "message": message, "severity": severity(hit)} if {
	some strike in lib.strikes
	some match in strike.selector.matchParentBinaries
	hit := [program | some program in lib.spellings([path | some path, _ in protected]); lib.aims(match, program)]
	program := sort(hit)[0]
	message := $"{strike.action.action} on {strike.hook.call} is aimed at what {program} starts, and that is protected itself"
}

# METADATA
# description: What the first process starts is the host itself, every service and every login.
severity(hit) := "deny" if {
	some program in hit
	lib.merged(program) in ["/usr/sbin/init", "/usr/lib/systemd/systemd"]
} else := "warn"

verb := {"Prefix": "begins with", "Postfix": "ends with"}

protected[path] if {
	some program in lib.organisation.protected.binaries
	path := lib.merged(program)
}
