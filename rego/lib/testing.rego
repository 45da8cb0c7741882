# METADATA
# scope: package
# title: Building submissions for the guardrails' own tests
# description: >-
#   A rule's test has two tables of submissions, `deny` (each must be found) and `pass` (its near misses, none
#   may be). The same tables are run through the compiled module by the project's tests.
package tracegate.testing

platform := {"user": "pat", "groups": ["tracegate:platform", "system:authenticated"]}

enforcer := {"user": "eve", "groups": ["tracegate:enforcers", "system:authenticated"]}

tenant := {"user": "tom", "groups": ["team-a", "system:authenticated"]}

account(namespace) := {
	"user": concat(":", ["system:serviceaccount", namespace, "default"]),
	"groups": ["system:serviceaccounts", "system:authenticated"],
}

# METADATA
# description: A cluster-wide policy of these hooks.
policy(hooks) := {
	"kind": "TracingPolicy",
	"name": "watch-files",
	"digest": "sha256:00",
	"labels": {},
	"annotations": {},
	"options": [],
	"hooks": hooks,
	"scopes": [],
}

namespaced(namespace, hooks) := object.union(policy(hooks), {
	"kind": "TracingPolicyNamespaced",
	"namespace": namespace,
})

named(name, policy_) := object.union(policy_, {"name": name})

# METADATA
# description: The submission of a policy by the platform, in force at once.
create(policy_) := {
	"operation": "create",
	"door": "cli",
	"subject": platform,
	"policy": policy_,
	"effectiveMode": "enforce",
	"planned": [],
	"time": "2026-01-01T00:00:00Z",
}

update(old, new) := object.union(create(new), {"operation": "update", "oldPolicy": old})

delete(policy_) := object.union(create(policy_), {"operation": "delete"})

by(subject, submission) := object.union(submission, {"subject": subject})

because(reason, submission) := object.union(submission, {"reason": reason})

monitored(submission) := object.union(submission, {"effectiveMode": "monitor"})

kprobe(call, selectors) := {
	"type": "kprobe",
	"path": "/spec/kprobes/0",
	"call": call,
	"syscall": startswith(call, "sys_"),
	"args": [],
	"return": false,
	"selectors": selectors,
	"ignoreMissing": false,
	"tags": [],
}

tracepoint(call, selectors) := object.union(kprobe(call, selectors), {
	"type": "tracepoint",
	"path": "/spec/tracepoints/0",
	"syscall": false,
})

with_args(hook, args) := object.union(hook, {"args": args})

arg(index, type) := {"path": "/spec/kprobes/0/args/0", "index": index, "type": type, "sizeArgIndex": 0}

# METADATA
# description: A selector without filters that takes these actions.
always(actions) := {
	"path": "/spec/kprobes/0/selectors/0",
	"matchArgs": [],
	"matchReturnArgs": [],
	"matchPIDs": [],
	"matchBinaries": [],
	"actions": actions,
	"returnActions": [],
}

when(matches, actions) := object.union(always(actions), {"matchArgs": matches})

binaries(operator, values, actions) := object.union(always(actions), {"matchBinaries": [{
	"path": "/spec/kprobes/0/selectors/0/matchBinaries/0",
	"operator": operator,
	"values": values,
}]})

parents(operator, values, actions) := object.union(always(actions), {"matchParentBinaries": [{
	"path": "/spec/kprobes/0/selectors/0/matchParentBinaries/0",
	"operator": operator,
	"values": values,
}]})

program(operator, path) := {
	"path": "/spec/kprobes/0/selectors/0/matchBinaries/0",
	"operator": operator,
	"values": [path],
}

pids(operator, values, inside, actions) := object.union(always(actions), {"matchPIDs": [{
	"path": "/spec/kprobes/0/selectors/0/matchPIDs/0",
	"operator": operator,
	"values": values,
	"followForks": false,
	"isNamespacePID": inside,
}]})

namespaces(operator, values, actions) := object.union(always(actions), {"matchNamespaces": [{
	"path": "/spec/kprobes/0/selectors/0/matchNamespaces/0",
	"namespace": "Pid",
	"operator": operator,
	"values": values,
}]})

workloads(whose, actions) := object.union(always(actions), {"matchWorkloads": whose})

# METADATA
# description: Some pods, by one requirement on their labels.
pods(operator, values) := {"pods": [{"key": "app", "operator": operator, "values": values}]}

capabilities(operator, values, actions) := object.union(always(actions), {"matchCapabilities": [{
	"path": "/spec/kprobes/0/selectors/0/matchCapabilities/0",
	"type": "Effective",
	"operator": operator,
	"values": values,
	"isNamespaceCapability": false,
}]})

moves(operator, values, actions) := object.union(always(actions), {"matchNamespaceChanges": [{
	"path": "/spec/kprobes/0/selectors/0/matchNamespaceChanges/0",
	"operator": operator,
	"values": values,
}]})

# METADATA
# description: One kind of filter of a selector, to be put beside others.
filter_of(selector, kind) := {kind: selector[kind]}

match(operator, type, values) := {
	"path": "/spec/kprobes/0/selectors/0/matchArgs/0",
	"argPosition": 0,
	"argIndex": 0,
	"type": type,
	"operator": operator,
	"values": values,
}

action(name) := {
	"path": "/spec/kprobes/0/selectors/0/matchActions/0",
	"action": name,
	"kills": name == "Sigkill",
}

post := action("Post")

sigkill := action("Sigkill")

set := action("Set")

override(error) := object.union(action("Override"), {"argError": error})

signal(number, kills) := object.union(action("Signal"), {"argSig": number, "kills": kills})

on_file := [match("Equal", "file", ["/data/secret"])]

on_text := [match("Equal", "string", ["/data/secret"])]

# METADATA
# description: What one host's plan says of the first hook.
planned(guarantee, racy) := {
	"hook": "sys_symlinkat",
	"path": "/spec/kprobes/0",
	"host": "node-1",
	"mechanism": "test",
	"guarantee": guarantee,
	"racy": racy,
	"refused": false,
}

# METADATA
# description: What a loader asks for, as the gate for BPF programs puts it; `loader` over one that nobody learned.
load(state, loader, programs) := object.union(create(policy([])), {
	"operation": "load",
	"load": {
		"state": state,
		"place": "host",
		"user": "named",
		"loader": object.union({"path": "", "digest": "", "learned": []}, loader),
		"programs": programs,
	},
})

at(place, submission) := object.union(submission, {"load": {"place": place}})

asking(type) := {"asks": "type", "type": type}

# METADATA
# description: Something that was done with eBPF, as the watch puts it; `more` over what is usual.
seen(what, more) := object.union(create(policy([])), {
	"operation": "activity",
	"activity": object.union(
		{
			"what": what,
			"ours": false,
			"loader": {"path": "/usr/sbin/any-loader", "digest": ""},
			"program": {"name": "drop_all", "type": "xdp", "tag": "0011223344556677", "attachType": "", "signature": "none"},
			"sameLoader": true,
			"kernelChecks": false,
			"before": [],
			"seconds": 100,
			"attached": false,
			"count": 0,
			"record": "",
			"view": "full",
			"detail": "",
		},
		more,
	),
})

loaded(more) := seen("loaded", more)

# METADATA
# description: The organisation's data that the tests of rules about loads stand on.
loaders := {"bpf": {"loaders": [
	{"path": "/usr/sbin/any-loader"},
	{"path": "/usr/sbin/loader-xdp", "types": ["xdp"]},
	{"path": "/usr/sbin/pinned-loader", "sha256": ["sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"], "types": ["xdp"]},
	{"path": "/usr/sbin/pod-loader", "types": ["xdp"], "places": ["container"], "may": ["tokens", "internals", "override", "hiding"]},
	{"path": "/usr/bin/python3.11"},
	{"path": "/lib64/ld-linux-x86-64.so.2"},
]}}
