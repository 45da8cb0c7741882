package tracegate.guardrails.self_protection.shadowed_test

import data.tracegate.guardrails.self_protection.shadowed as rule
import data.tracegate.testing as t

hook(selectors) := t.create(t.policy([t.kprobe("sys_symlinkat", selectors)]))

numbered(operator, more, actions) := object.union(t.always(actions), {"matchPIDs": [object.union(
	{"path": "/x", "operator": operator, "values": [7]},
	more,
)]})

# METADATA
# description: One that posts by the first filter, before one that denies by the second.
before(first, second) := t.create(t.policy([t.kprobe("security_file_open", [t.when([first], [t.post]), t.when([second], [t.override(-1)])])]))

deny := {
	"an ending of values": before(t.match("Postfix", "file", ["/x", ".so"]), t.match("Equal", "file", ["/lib/a.so", "/a/x"])),
	"an ending of longer endings": before(t.match("Postfix", "file", [".so"]), t.match("Postfix", "file", ["a.so"])),
	"all but another value": before(t.match("NotEqual", "file", ["/a"]), t.match("Equal", "file", ["/b", "/c"])),
	"greater ones": before(t.match("GT", "int", ["7"]), t.match("Equal", "int", ["8", "9"])),
	"smaller ones": before(t.match("LT", "int", ["7"]), t.match("Equal", "int", ["6", "-1"])),
	"children of a process too": hook([numbered("In", {"followForks": true}, [t.post]), numbered("In", {}, [t.sigkill])]),
	"children exempted later, too": hook([numbered("NotIn", {}, [t.post]), numbered("NotIn", {"followForks": true}, [t.sigkill])]),
	"one without filters": hook([t.always([t.post]), t.when(t.on_text, [t.override(-1)])]),
	"silence for all": hook([t.always([t.action("NoPost")]), t.when(t.on_text, [t.sigkill])]),
	"a wider prefix": hook([t.when([t.match("Prefix", "string", ["/data/"])], [t.post]), t.when(t.on_text, [t.sigkill])]),
	"a wider namespace": hook([t.namespaces("In", ["4026532000", "4026532001"], [t.post]), t.namespaces("In", ["4026532000"], [t.sigkill])]),
	"the same parent": hook([t.parents("In", ["/usr/bin/sh", "/usr/bin/nc"], [t.post]), t.parents("In", ["/usr/bin/nc"], [t.sigkill])]),
	"the same changes": hook([t.moves("In", ["User", "Net"], [t.post]), t.moves("In", ["User"], [t.sigkill])]),
	"a directory of programs": hook([t.binaries("Prefix", ["/usr/bin/"], [t.post]), t.binaries("In", ["/usr/bin/ln"], [t.sigkill])]),
	"an ending of programs": hook([t.binaries("Postfix", ["/ln"], [t.post]), t.binaries("In", ["/usr/bin/ln"], [t.sigkill])]),
	"the same pods": hook([t.workloads(t.pods("In", ["a"]), [t.post]), t.workloads(t.pods("In", ["a"]), [t.sigkill])]),
	"the same binaries": hook([t.binaries("In", ["/usr/bin/ln", "/usr/bin/cp"], [t.post]), t.binaries("In", ["/usr/bin/ln"], [t.sigkill])]),
	"more values": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("Equal", "file", ["/a", "/b"])], [t.post]), t.when([t.match("Equal", "file", ["/a"])], [t.override(-1)])])])),
	"a wider prefix of a file": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("Prefix", "file", ["/d"])], [t.post]), t.when([t.match("Prefix", "file", ["/d/e"])], [t.override(-1)])])])),
	"a prefix of a value": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("Prefix", "file", ["/d"])], [t.post]), t.when([t.match("Equal", "file", ["/d/e"])], [t.override(-1)])])])),
	"fewer exceptions": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("NotEqual", "file", ["/a"])], [t.post]), t.when([t.match("NotEqual", "file", ["/a", "/b"])], [t.override(-1)])])])),
	"more programs": t.create(t.policy([t.kprobe("security_file_open", [t.binaries("In", ["/a", "/b"], [t.post]), t.binaries("In", ["/a"], [t.override(-1)])])])),
	"programs below": t.create(t.policy([t.kprobe("security_file_open", [t.binaries("Prefix", ["/a"], [t.post]), t.binaries("In", ["/a/b"], [t.override(-1)])])])),
	"programs further below": t.create(t.policy([t.kprobe("security_file_open", [t.binaries("Prefix", ["/a"], [t.post]), t.binaries("Prefix", ["/a/b"], [t.override(-1)])])])),
	"programs by their ending": t.create(t.policy([t.kprobe("security_file_open", [t.binaries("Postfix", ["b"], [t.post]), t.binaries("In", ["/a/b"], [t.override(-1)])])])),
	"programs by a longer ending": t.create(t.policy([t.kprobe("security_file_open", [t.binaries("Postfix", ["b"], [t.post]), t.binaries("Postfix", ["/b"], [t.override(-1)])])])),
	"fewer exempted programs": t.create(t.policy([t.kprobe("security_file_open", [t.binaries("NotIn", ["/a"], [t.post]), t.binaries("NotIn", ["/a", "/b"], [t.override(-1)])])])),
	"fewer exempted directories": t.create(t.policy([t.kprobe("security_file_open", [t.binaries("NotPrefix", ["/a"], [t.post]), t.binaries("NotPrefix", ["/a", "/b"], [t.override(-1)])])])),
	"fewer exempted endings": t.create(t.policy([t.kprobe("security_file_open", [t.binaries("NotPostfix", ["a"], [t.post]), t.binaries("NotPostfix", ["a", "b"], [t.override(-1)])])])),
	"children of the same": t.create(t.policy([t.kprobe("security_file_open", [object.union(t.always([t.post]), {"matchBinaries": [object.union(t.program("In", "/a"), {"followChildren": true})]}), object.union(t.always([t.override(-1)]), {"matchBinaries": [object.union(t.program("In", "/a"), {"followChildren": true})]})])])),
	"children too": t.create(t.policy([t.kprobe("security_file_open", [object.union(t.always([t.post]), {"matchBinaries": [object.union(t.program("In", "/a"), {"followChildren": true})]}), t.binaries("In", ["/a"], [t.override(-1)])])])),
	"children exempted later": t.create(t.policy([t.kprobe("security_file_open", [t.binaries("NotIn", ["/a"], [t.post]), object.union(t.always([t.override(-1)]), {"matchBinaries": [object.union(t.program("NotIn", "/a"), {"followChildren": true})]})])])),
	"more parents": t.create(t.policy([t.kprobe("security_file_open", [t.parents("In", ["/a", "/b"], [t.post]), t.parents("In", ["/a"], [t.override(-1)])])])),
	"the same capability": t.create(t.policy([t.kprobe("security_file_open", [object.union(t.always([t.post]), {"matchCapabilities": [{"path": "/x", "type": "Effective", "operator": "In", "values": ["CAP_A"], "isNamespaceCapability": false}]}), object.union(t.always([t.override(-1)]), {"matchCapabilities": [{"path": "/x", "type": "Effective", "operator": "In", "values": ["CAP_A"], "isNamespaceCapability": false}]})])])),
	"the same gain": t.create(t.policy([t.kprobe("security_file_open", [object.union(t.always([t.post]), {"matchCapabilityChanges": [{"path": "/x", "type": "Effective", "operator": "In", "values": ["CAP_A"], "isNamespaceCapability": false}]}), object.union(t.always([t.override(-1)]), {"matchCapabilityChanges": [{"path": "/x", "type": "Effective", "operator": "In", "values": ["CAP_A"], "isNamespaceCapability": false}]})])])),
	"the same namespace": t.create(t.policy([t.kprobe("security_file_open", [object.union(t.always([t.post]), {"matchNamespaces": [{"path": "/x", "namespace": "Pid", "operator": "In", "values": ["7"]}]}), object.union(t.always([t.override(-1)]), {"matchNamespaces": [{"path": "/x", "namespace": "Pid", "operator": "In", "values": ["7"]}]})])])),
	"what was there before": t.create(t.policy([t.kprobe("security_file_open", [t.when([object.union(t.match("Equal", "file", ["/a"]), {"beforePosition": 1})], [t.post]), t.when([object.union(t.match("Equal", "file", ["/a"]), {"beforePosition": 1})], [t.override(-1)])])])),
	"the third after the first": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("Equal", "file", ["/a"])], [t.post]), t.when([t.match("Equal", "file", ["/z"])], [t.override(-1)]), t.when([t.match("Equal", "file", ["/a"])], [t.override(-1)])])])),
}

pass := {
	"an ending of some values": before(t.match("Postfix", "file", [".so"]), t.match("Equal", "file", ["/lib/a.so", "/a/x"])),
	"an ending of a beginning": before(t.match("Postfix", "file", [".so"]), t.match("Prefix", "file", ["/lib/a.so"])),
	"all but a value and another": before(t.match("NotEqual", "file", ["/a"]), t.match("Equal", "file", ["/a", "/b"])),
	"all but a value, before a beginning": before(t.match("NotEqual", "file", ["/a"]), t.match("Prefix", "file", ["/b"])),
	"greater ones, and the bound": before(t.match("GT", "int", ["7"]), t.match("Equal", "int", ["7", "9"])),
	"greater ones, before others": before(t.match("GT", "int", ["7"]), t.match("NotEqual", "int", ["8"])),
	"smaller ones, and the bound": before(t.match("LT", "int", ["7"]), t.match("Equal", "int", ["7", "6"])),
	"smaller ones, before others": before(t.match("LT", "int", ["7"]), t.match("NotEqual", "int", ["6"])),
	"children later only": hook([numbered("In", {}, [t.post]), numbered("In", {"followForks": true}, [t.sigkill])]),
	"children exempted before only": hook([numbered("NotIn", {"followForks": true}, [t.post]), numbered("NotIn", {}, [t.sigkill])]),
	"numbers of other namespaces": hook([numbered("In", {"isNamespacePID": true}, [t.post]), numbered("In", {}, [t.sigkill])]),
	"the enforcing one first": hook([t.when(t.on_text, [t.override(-1)]), t.always([t.post])]),
	"another value first": hook([t.when([t.match("Equal", "string", ["/data/public"])], [t.post]), t.when(t.on_text, [t.sigkill])]),
	"another parent first": hook([t.parents("In", ["/usr/bin/sh"], [t.post]), t.parents("In", ["/usr/bin/nc"], [t.sigkill])]),
	"only those that changed first": hook([t.moves("In", ["User"], [t.post]), t.always([t.sigkill])]),
	"another directory first": hook([t.binaries("Prefix", ["/usr/sbin/"], [t.post]), t.binaries("In", ["/usr/bin/ln"], [t.sigkill])]),
	"other binaries first": hook([t.binaries("In", ["/usr/bin/cp"], [t.post]), t.binaries("In", ["/usr/bin/ln"], [t.sigkill])]),
	"another namespace first": hook([t.namespaces("In", ["4026532001"], [t.post]), t.namespaces("In", ["4026532000"], [t.sigkill])]),
	"capabilities first": hook([t.capabilities("In", ["CAP_SYS_ADMIN"], [t.post]), t.when(t.on_text, [t.sigkill])]),
	"other pods first": hook([t.workloads(t.pods("In", ["a"]), [t.post]), t.workloads(t.pods("In", ["b"]), [t.sigkill])]),
	"nothing enforced": hook([t.always([t.post]), t.when(t.on_text, [t.post])]),
	"fewer values": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("Equal", "file", ["/a"])], [t.post]), t.when([t.match("Equal", "file", ["/a", "/b"])], [t.override(-1)])])])),
	"another argument": t.create(t.policy([t.kprobe("security_file_open", [t.when([object.union(t.match("Equal", "file", ["/a", "/b"]), {"argPosition": 1})], [t.post]), t.when([t.match("Equal", "file", ["/a"])], [t.override(-1)])])])),
	"something else before": t.create(t.policy([t.kprobe("security_file_open", [t.when([object.union(t.match("Equal", "file", ["/a"]), {"beforePosition": 1})], [t.post]), t.when([object.union(t.match("Equal", "file", ["/a"]), {"beforePosition": 2})], [t.override(-1)])])])),
	"nothing before": t.create(t.policy([t.kprobe("security_file_open", [t.when([object.union(t.match("Equal", "file", ["/a"]), {"beforePosition": 1})], [t.post]), t.when([t.match("Equal", "file", ["/a"])], [t.override(-1)])])])),
	"another operator": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("Postfix", "file", ["/a"])], [t.post]), t.when([t.match("SubString", "file", ["/a"])], [t.override(-1)])])])),
	"a prefix of other values": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("Prefix", "file", ["/d"])], [t.post]), t.when([t.match("Prefix", "file", ["/e"])], [t.override(-1)])])])),
	"an ending of a prefix": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("Prefix", "file", ["/d"])], [t.post]), t.when([t.match("Postfix", "file", ["/d/e"])], [t.override(-1)])])])),
	"more exceptions": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("NotEqual", "file", ["/a", "/b"])], [t.post]), t.when([t.match("NotEqual", "file", ["/a"])], [t.override(-1)])])])),
	"an exception of another kind": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("NotEqual", "file", ["/a"])], [t.post]), t.when([t.match("NotPrefix", "file", ["/a"])], [t.override(-1)])])])),
	"an exception against a value": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("NotEqual", "file", ["/a"])], [t.post]), t.when([t.match("Equal", "file", ["/a"])], [t.override(-1)])])])),
	"fewer programs": t.create(t.policy([t.kprobe("security_file_open", [t.binaries("In", ["/a"], [t.post]), t.binaries("In", ["/a", "/b"], [t.override(-1)])])])),
	"other programs below": t.create(t.policy([t.kprobe("security_file_open", [t.binaries("Prefix", ["/b"], [t.post]), t.binaries("In", ["/a/b"], [t.override(-1)])])])),
	"an ending against a beginning": t.create(t.policy([t.kprobe("security_file_open", [t.binaries("Prefix", ["/a"], [t.post]), t.binaries("Postfix", ["/a/b"], [t.override(-1)])])])),
	"a beginning against an ending": t.create(t.policy([t.kprobe("security_file_open", [t.binaries("Postfix", ["b"], [t.post]), t.binaries("Prefix", ["/a/b"], [t.override(-1)])])])),
	"another ending": t.create(t.policy([t.kprobe("security_file_open", [t.binaries("Postfix", ["c"], [t.post]), t.binaries("In", ["/a/b"], [t.override(-1)])])])),
	"programs against exempted ones": t.create(t.policy([t.kprobe("security_file_open", [t.binaries("In", ["/a"], [t.post]), t.binaries("NotIn", ["/a"], [t.override(-1)])])])),
	"exempted against programs": t.create(t.policy([t.kprobe("security_file_open", [t.binaries("NotIn", ["/a"], [t.post]), t.binaries("In", ["/a"], [t.override(-1)])])])),
	"more exempted programs": t.create(t.policy([t.kprobe("security_file_open", [t.binaries("NotIn", ["/a", "/b"], [t.post]), t.binaries("NotIn", ["/a"], [t.override(-1)])])])),
	"directories against programs": t.create(t.policy([t.kprobe("security_file_open", [t.binaries("NotPrefix", ["/a"], [t.post]), t.binaries("NotIn", ["/a"], [t.override(-1)])])])),
	"children only later": t.create(t.policy([t.kprobe("security_file_open", [t.binaries("In", ["/a"], [t.post]), object.union(t.always([t.override(-1)]), {"matchBinaries": [object.union(t.program("In", "/a"), {"followChildren": true})]})])])),
	"children exempted first": t.create(t.policy([t.kprobe("security_file_open", [object.union(t.always([t.post]), {"matchBinaries": [object.union(t.program("NotIn", "/a"), {"followChildren": true})]}), t.binaries("NotIn", ["/a"], [t.override(-1)])])])),
	"children by a beginning": t.create(t.policy([t.kprobe("security_file_open", [object.union(t.always([t.post]), {"matchBinaries": [object.union(t.program("Prefix", "/a"), {"followChildren": true})]}), t.binaries("In", ["/a/b"], [t.override(-1)])])])),
	"children by the later beginning": t.create(t.policy([t.kprobe("security_file_open", [t.binaries("Prefix", ["/a"], [t.post]), object.union(t.always([t.override(-1)]), {"matchBinaries": [object.union(t.program("In", "/a/b"), {"followChildren": true})]})])])),
	"children by an ending": t.create(t.policy([t.kprobe("security_file_open", [t.binaries("Postfix", ["b"], [t.post]), object.union(t.always([t.override(-1)]), {"matchBinaries": [object.union(t.program("In", "/a/b"), {"followChildren": true})]})])])),
	"other parents": t.create(t.policy([t.kprobe("security_file_open", [t.parents("In", ["/a"], [t.post]), t.parents("In", ["/b"], [t.override(-1)])])])),
	"no parents": t.create(t.policy([t.kprobe("security_file_open", [t.parents("In", ["/a"], [t.post]), t.when([t.match("Equal", "file", ["/a"])], [t.override(-1)])])])),
	"another set of capabilities": t.create(t.policy([t.kprobe("security_file_open", [object.union(t.always([t.post]), {"matchCapabilities": [{"path": "/x", "type": "Effective", "operator": "In", "values": ["CAP_A"], "isNamespaceCapability": false}]}), object.union(t.always([t.override(-1)]), {"matchCapabilities": [{"path": "/x", "type": "Permitted", "operator": "In", "values": ["CAP_A"], "isNamespaceCapability": false}]})])])),
	"capabilities elsewhere": t.create(t.policy([t.kprobe("security_file_open", [object.union(t.always([t.post]), {"matchCapabilities": [{"path": "/x", "type": "Effective", "operator": "In", "values": ["CAP_A"], "isNamespaceCapability": true}]}), object.union(t.always([t.override(-1)]), {"matchCapabilities": [{"path": "/x", "type": "Effective", "operator": "In", "values": ["CAP_A"], "isNamespaceCapability": false}]})])])),
	"another capability": t.create(t.policy([t.kprobe("security_file_open", [object.union(t.always([t.post]), {"matchCapabilities": [{"path": "/x", "type": "Effective", "operator": "In", "values": ["CAP_A"], "isNamespaceCapability": false}]}), object.union(t.always([t.override(-1)]), {"matchCapabilities": [{"path": "/x", "type": "Effective", "operator": "In", "values": ["CAP_B"], "isNamespaceCapability": false}]})])])),
	"another gain": t.create(t.policy([t.kprobe("security_file_open", [object.union(t.always([t.post]), {"matchCapabilityChanges": [{"path": "/x", "type": "Effective", "operator": "In", "values": ["CAP_A"], "isNamespaceCapability": false}]}), object.union(t.always([t.override(-1)]), {"matchCapabilityChanges": [{"path": "/x", "type": "Effective", "operator": "In", "values": ["CAP_B"], "isNamespaceCapability": false}]})])])),
	"another namespace": t.create(t.policy([t.kprobe("security_file_open", [object.union(t.always([t.post]), {"matchNamespaces": [{"path": "/x", "namespace": "Pid", "operator": "In", "values": ["7"]}]}), object.union(t.always([t.override(-1)]), {"matchNamespaces": [{"path": "/x", "namespace": "Uts", "operator": "In", "values": ["7"]}]})])])),
	"a filter on the return": t.create(t.policy([t.kprobe("security_file_open", [object.union(t.always([t.post]), {"matchReturnArgs": [t.match("Equal", "int", ["0"])]}), t.when([t.match("Equal", "file", ["/a"])], [t.override(-1)])])])),
	"the first one enforces": t.create(t.policy([t.kprobe("security_file_open", [t.always([t.override(-1)]), t.when([t.match("Equal", "file", ["/a"])], [t.override(-1)])])])),
	"the later one is first": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("Equal", "file", ["/a"])], [t.override(-1)]), t.always([t.post])])])),
}

test_denies[name] if {
	some name, submission in deny
	count(rule.findings) > 0 with input as submission
}

test_passes[name] if {
	some name, submission in pass
	count(rule.findings) == 0 with input as submission
}
