# METADATA
# scope: package
# title: What guardrails ask
# description: >-
#   Facts of a submission that several guardrails share. Everything without arguments is computed once per
#   review; arrays and not sets are used for large values, because wasm hashes every nested value of a set.
package tracegate.lib

organisation := data.organisation

policy := input.policy

# who asks

default platform := false

platform if {
	some group in input.subject.groups
	group in organisation.groups.platform
}

default enforcer := false

enforcer if platform

enforcer if {
	some group in input.subject.groups
	group in organisation.groups.enforcers
}

# METADATA
# description: The namespace of the service account that asks; undefined for everybody else.
account_namespace := split(input.subject.user, ":")[2] if startswith(input.subject.user, "system:serviceaccount:")

of_account(namespace) if account_namespace == namespace

stated_reason := trim_space(object.get(input, "reason", ""))

# METADATA
# description: The name is one of a guard, which only the platform may touch.
default guard := false

guard if startswith(policy.name, "guard-")

guard if policy.name in organisation.protected.policies

# what it does

# METADATA
# description: The hooks that would be set; none when the policy is to be deleted.
hooks := [hook | input.operation != "delete"; some hook in policy.hooks]

# METADATA
# description: The hooks with the names of the organisation's lists that they stand in, by whichever of their names.
placed := [{"hook": hook, "lists": lists_of(hook)} | some hook in hooks]

lists_of(hook) := {list: true | some list in lists_with(hook.call)} if {
	not hook.also
} else := {list: true | some list in array.concat(lists_with(hook.call), lists_with(hook.also))}

lists_with(call) := array.concat(
	object.get(organisation.calls.names, call, []),
	[entry[1] | some entry in beginnings(call); startswith(call, entry[0])],
)

# METADATA
# description: Those of the prefixes of all lists that begin with the same letters.
beginnings(call) := array.concat(
	object.get(organisation.calls.long, substring(call, 0, 12), []),
	array.concat(object.get(organisation.calls.few, substring(call, 0, 3), []), organisation.calls.short),
)

# METADATA
# description: The hooks of this policy that stand in a list.
hooks_on(list) := [one.hook | some one in placed; one.lists[list]]

# METADATA
# description: Everything that is read, with its hook.
reads := array.concat(
	[{"hook": hook, "arg": arg} | some hook in hooks; some arg in hook.args],
	[{"hook": hook, "arg": hook.returnArg} | some hook in hooks; hook.returnArg],
)

# METADATA
# description: What a hook reads, with what its call returns.
read_by(hook) := array.concat(hook.args, [hook.returnArg | hook.returnArg])

# METADATA
# description: Every action that changes what a process gets, with the selector and hook it belongs to.
strikes := [{"hook": one.hook, "lists": one.lists, "selector": selector, "action": action, "reach": reach(selector)} |
	some one in placed
	some selector in one.hook.selectors
	some action in array.concat(selector.actions, selector.returnActions)
	strikes_with(action.action)
]

kills := [strike | some strike in strikes; strike.action.kills]

overrides := [strike | some strike in strikes; strike.action.action == "Override"]

# METADATA
# description: One of what a selector does is more than telling.
enforces(selector) if {
	some action in array.concat(selector.actions, selector.returnActions)
	strikes_with(action.action)
}

strikes_with("Override")

strikes_with("Sigkill")

strikes_with("Signal")

strikes_with("Set")

# METADATA
# description: >-
#   Whom a selector speaks of: `narrow` when something positive has to match, `others` when it only exempts
#   (everything not listed), `all` when nothing filters.
reach(selector) := "narrow" if {
	narrowed(selector)
} else := "others" if {
	excepting(selector)
} else := "all"

# METADATA
# description: The likely answers first. What root has on the host, every service of it has; in a container or a user namespace it tells somebody.
narrowed(selector) if {
	some_binaries(selector)
} else if {
	some match in selector.matchArgs
	positive(match.operator)
	not vacuous(match)
} else if {
	some_pids(selector)
} else if {
	some_namespaces(selector)
} else if {
	some_parents(selector)
} else if {
	some match in selector.matchCapabilities
	match.operator == "In"
	contained(selector, match)
} else if {
	some kind in ["matchNamespaceChanges", "matchCapabilityChanges"]
	some match in selector[kind]
	match.operator == "In"
} else if {
	some_pods(selector.matchWorkloads)
} else if some_pods(policy.workloads)

contained(_, match) if match.isNamespaceCapability

contained(_, _) if policy.workloads == "containers"

contained(selector, _) if {
	some match in selector.matchNamespaces
	match.operator == "NotIn"
	"host_ns" in match.values
}

# METADATA
# description: Some positive word on which pods or containers are meant, and the host is not among them.
some_pods(workloads) if {
	not workloads.host
	some kind in ["pods", "containers"]
	some requirement in workloads[kind]
	requirement.operator in ["In", "Exists"]
}

excepting(selector) if selector.matchWorkloads

excepting(selector) if {
	some match in selector.matchArgs
	not positive(match.operator)
}

excepting(selector) if {
	some match in selector.matchBinaries
	not match.operator in aimed
}

excepting(selector) if {
	some match in selector.matchPIDs
	match.operator == "NotIn"
}

# METADATA
# description: The host's own namespaces are no narrow circle, whether they are named or left out.
excepting(selector) if {
	some match in selector.matchNamespaces
	not few(match)
}

excepting(selector) if count(selector.matchCapabilities) > 0

excepting(selector) if {
	some kind in ["matchNamespaceChanges", "matchCapabilityChanges"]
	some match in selector[kind]
	match.operator == "NotIn"
}

some_parents(selector) if {
	some match in selector.matchParentBinaries
	match.operator in aimed
	not every_program(match)
}

excepting(selector) if {
	some match in selector.matchParentBinaries
	not match.operator in aimed
}

some_binaries(selector) if {
	some match in selector.matchBinaries
	match.operator in aimed
	not every_program(match)
}

every_program(match) if vacuous(match)

# METADATA
# description: Below the directories that all programs of a host lie in, all programs of a host are meant.
every_program(match) if {
	match.operator == "Prefix"
	some value in match.values
	count(value) < 11
	some directory in ["/usr/bin/", "/usr/sbin/", "/bin/", "/sbin/"]
	startswith(directory, value)
}

# METADATA
# description: The operators of matchBinaries that say which programs are meant; the others say which are not.
aimed := ["In", "Prefix", "Postfix"]

# METADATA
# description: A hook whose text is the path of the program that is about to run.
executes(hook) if startswith(hook.call, "security_bprm_")

executes(hook) if hook.call in ["sys_execve", "sys_execveat"]

executes(hook) if hook.also in ["sys_execve", "sys_execveat"]

# METADATA
# description: Something besides the values of arguments says which processes are meant.
some_processes(selector) if {
	some_binaries(selector)
} else if {
	some_pids(selector)
} else if {
	some_namespaces(selector)
} else if {
	some_parents(selector)
} else if {
	some_pods(selector.matchWorkloads)
} else if some_pods(policy.workloads)

some_namespaces(selector) if {
	some match in selector.matchNamespaces
	few(match)
}

few(match) if {
	match.operator == "In"
	every value in match.values { not first(value) }
}

# METADATA
# description: The namespaces a host starts with have the lowest numbers there are, which differ between kernels.
first("host_ns") := true

first(value) if {
	value != "host_ns"
	to_number(value) < 4026532000
}

some_pids(selector) if {
	some match in selector.matchPIDs
	match.operator == "In"
}

# METADATA
# description: Whether a selector has any filter at all.
filtered(selector) if {
	count(selector.matchArgs) > 0
} else if {
	count(selector.matchBinaries) > 0
} else if {
	count(selector.matchParentBinaries) > 0
} else if {
	count(selector.matchPIDs) > 0
} else if {
	count(selector.matchNamespaces) > 0
} else if {
	count(selector.matchCapabilities) > 0
} else if {
	count(selector.matchNamespaceChanges) > 0
} else if {
	selector.matchWorkloads
} else if {
	count(selector.matchCapabilityChanges) > 0
}

positive(operator) if positives[operator]

# METADATA
# description: A filter that looks like one and lets everything pass.
vacuous(match) if match.everything

# METADATA
# description: Of plain paths, which may be many, none is as short as that.
vacuous(match) if {
	not match.plain
	lets_everything(match)
}

# METADATA
# description: Of one letter, a slash among them, hardly any text is without.
lets_everything(match) if {
	match.operator in ["Prefix", "Postfix", "SubString", "SubStringIgnCase"]
	some value in match.values
	count(value) < 2
}

lets_everything(match) if {
	match.operator == "GT"
	some value in match.values
	to_number(value) < 0
}

lets_everything(match) if {
	match.operator == "LT"
	some value in match.values
	to_number(value) >= to_number(largest_of[match.type])
}

lets_everything(match) if {
	match.operator in ["SAddr", "DAddr"]
	some value in match.values
	endswith(value, "/0")
}

lets_everything(match) if {
	match.operator in ["SPort", "DPort", "Protocol", "Family", "State", "InRange"]
	some value in match.values
	bounds := split(value, ":")
	count(bounds) == 2
	to_number(bounds[0]) <= 0
	to_number(bounds[1]) >= largest(match)
}

lets_everything(match) if {
	match.operator == "InRange"
	"generated_syscalls" in match.values # every system call there is
}

# METADATA
# description: The largest number an operator can be asked about.
largest(match) := 65535 if {
	match.operator != "InRange"
} else := to_number(largest_of[match.type])

# names and paths

# METADATA
# description: Whether what is hooked is in a list, by whichever of its names; of the organisation's own lists `hooks_on` knows it already.
on(hook, list) if listed(hook.call, list)

on(hook, list) if listed(hook.also, list)

# METADATA
# description: Whether a name is in one of the organisation's lists (names, and prefixes written with a star).
listed(call, list) if list.names[call]

listed(call, list) if {
	some prefix in list.prefixes[substring(call, 0, 3)]
	startswith(call, prefix)
}

listed(call, list) if {
	some prefix in list.short
	startswith(call, prefix)
}

# METADATA
# description: The hooks that the whole host passes many thousand times a second; several rules ask for them.
hot_hooks := hooks_on("hot")

# METADATA
# description: Their selectors that do not say who or what is meant; those of no filter at all among them.
hot_wide := [{"hook": hook, "selector": selector} |
	some hook in hot_hooks
	some selector in hook.selectors
	not narrowed(selector)
]

# METADATA
# description: The same for a short list as it is written.
among(call, patterns) if call in patterns

among(call, patterns) if {
	some pattern in patterns
	endswith(pattern, "*")
	startswith(call, trim_suffix(pattern, "*"))
}

# METADATA
# description: What is asked again and again, looked up once; in wasm each step of a path is a search by its letters.
text_types := organisation.types.text

path_types := organisation.types.path

largest_of := organisation.types.largest

positives := organisation.types.operators.positive

text(type) if text_types[type]

# METADATA
# description: Those of the reads that go on from an argument into the kernel's structures.
resolved := [read | some read in reads; read.arg.resolve]

resolved_path(type) if path_types[type]

# METADATA
# description: The file of a hook in a program, and the place there.
file_of(hook) := split(hook.call, ":")[0]

place_of(hook) := substring(hook.call, count(file_of(hook)) + 1, -1)

# METADATA
# description: >-
#   Every known host denies it in a check of the kernel, where all doors to the same thing meet.
decided_behind(hook) if {
	plans := [plan | some plan in input.planned; plan.path == hook.path]
	count(plans) > 0
	every plan in plans {
		plan.guarantee == "denied-before-effect"
		behind(plan.mechanism)
	}
}

behind(mechanism) if contains(mechanism, "lsm/")

behind(mechanism) if contains(mechanism, "fmod_ret/security_")
