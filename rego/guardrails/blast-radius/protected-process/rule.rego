# METADATA
# scope: package
# title: Protected programs are not hit
# description: >-
#   No enforcing action is aimed at a protected program (init, journald, kubelet, container runtimes,
#   sshd …) by its path, in either spelling of a merged /usr, or by the short name its task has; none keeps it from
#   being started on the host; none is aimed at the host's first processes by number, or at all that a protected
#   program starts.
# custom:
#   id: TPG-202
#   severity: critical
#   why: >-
#     Without them the host cannot be reached, or does not run its workloads any more.
#   fix: >-
#     Leave the program out of the filter; it is in the protected set.
#   since: "0.1.0"
#   modes: {baseline: enforce, standard: enforce, strict: enforce}
#   monitor: warn
#   exceptions: never
#   applies: [writes, enforces]
#   parameters: [protected]
package tracegate.guardrails.blast_radius.protected_process

import data.tracegate.lib
import data.tracegate.numbers
import data.tracegate.paths

findings contains {"path": match.path, "message": message} if {
	some strike in lib.strikes
	some match in strike.selector.matchBinaries
	match.operator == "In"
	some value in match.values
	paths.lists.programs.names[value]
	message := $"{strike.action.action} on {strike.hook.call} is aimed at {value}, which is protected"
}

findings contains {"path": match.path, "message": message} if {
	some strike in lib.strikes
	some match in strike.selector.matchBinaries
	begins := verb[match.operator]
	program := sort(paths.included(match, paths.lists.programs))[0]
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

findings contains {"path": match.path, "message": message, "severity": severity(strike, hit)} if {
	some strike in lib.strikes
	some match in strike.selector.matchParentBinaries
	hit := paths.included(match, paths.lists.programs)
	program := sort(hit)[0]
	message := $"{strike.action.action} on {strike.hook.call} is aimed at what {program} starts, and that is protected itself"
}

findings contains {"path": match.path, "message": message} if {
	some strike in lib.strikes
	lib.executes(strike.hook)
	not elsewhere(strike.selector)
	some match in strike.selector.matchArgs
	lib.text(match.type)
	not lib.vacuous(match)
	program := sort(paths.aimed_at(match, paths.lists.programs))[0]
	message := $"{strike.action.action} on {strike.hook.call} keeps {program} from being started, which is protected"
}

# METADATA
# description: The protected programs are those of the host; of the same name there are others in containers.
elsewhere(selector) if lib.some_processes(selector)

elsewhere(_) if lib.policy.namespace

elsewhere(_) if lib.policy.workloads == "containers"

elsewhere(selector) if {
	some match in selector.matchNamespaces
	match.operator == "NotIn"
	"host_ns" in match.values
}

findings contains {"path": match.path, "message": message} if {
	some strike in lib.strikes
	some match in strike.selector.matchArgs
	task_names[own(strike.hook.args[match.argPosition])]
	some value in match.values
	name := meant(match.operator, value)
	message := $"{strike.action.action} on {strike.hook.call} is aimed at {name}, which is protected, by its name"
}

findings contains {"path": match.path, "message": message} if {
	some strike in lib.strikes
	some match in strike.selector.matchArgs
	match.operator in ["Equal", "InRange"]
	first_of := first_numbers[own(strike.hook.args[match.argPosition])]
	some value in match.values
	some number in first_of
	numbers.within(number, value)
	message := $"{strike.action.action} on {strike.hook.call} is aimed at process {number} or what it starts, without which the host does not run"
}

# METADATA
# description: What of the running task is read.
own(arg) := arg.resolve if arg.source == "current_task"

# METADATA
# description: The name of a process, and of the one that started it.
task_names := {"comm": true, "group_leader.comm": true, "real_parent.comm": true, "parent.comm": true}

first_numbers := {
	"pid": [0, 1, 2],
	"tgid": [0, 1, 2],
	"real_parent.pid": [1],
	"real_parent.tgid": [1],
	"parent.pid": [1],
	"parent.tgid": [1],
	"group_leader.pid": [0, 1, 2],
}

# METADATA
# description: The kernel keeps fifteen letters of a name.
meant("Equal", value) := value if paths.lists.taskNames[value]

meant("Postfix", value) := sort(hit)[0] if {
	value != ""
	hit := [name | some name, _ in paths.lists.taskNames; endswith(name, value)]
}

meant("Prefix", value) := sort(hit)[0] if {
	value != ""
	hit := [name | some name, _ in paths.lists.taskNames; startswith(name, value)]
}

# METADATA
# description: >-
#   What the first process starts is the host itself, every service and every login; what another protected one starts
#   are all containers or all logins, unless something beside it says which of them are meant.
severity(strike, hit) := "deny" if {
	some program in hit
	paths.merged(program) in ["/usr/sbin/init", "/usr/lib/systemd/systemd"]
} else := "warn" if {
	lib.some_binaries(strike.selector)
} else := "warn" if {
	some match in strike.selector.matchArgs
	lib.positive(match.operator)
	not lib.vacuous(match)
} else := "warn" if {
	lib.some_pods(strike.selector.matchWorkloads)
} else := "warn" if {
	lib.some_pods(lib.policy.workloads)
} else := "deny"

verb := {"Prefix": "begins with", "Postfix": "ends with"}
