package tracegate.lib_test

import data.tracegate.lib
import data.tracegate.testing as t

reach(selector) := found if {
	found := lib.reach(selector) with input as t.create(t.policy([]))
}

beside(selector, other, kind) := object.union(selector, {kind: other[kind]})

caps(operator, inside) := object.union(t.always([]), {"matchCapabilities": [{
	"path": "/x", "type": "Effective", "operator": operator, "values": ["CAP_SYS_ADMIN"], "isNamespaceCapability": inside,
}]})

gains(operator) := object.union(t.always([]), {"matchCapabilityChanges": [{
	"path": "/x", "type": "Effective", "operator": operator, "values": ["CAP_SYS_ADMIN"], "isNamespaceCapability": false,
}]})

test_reach if {
	reach(t.always([])) == "all"
	reach(t.when(t.on_file, [])) == "narrow"
	reach(t.when([t.match("NotEqual", "file", ["/a"])], [])) == "others"
	reach(t.when([t.match("Prefix", "file", ["/"])], [])) == "all"
	reach(t.binaries("In", ["/a"], [])) == "narrow"
	reach(t.binaries("NotIn", ["/a"], [])) == "others"
	reach(t.parents("In", ["/a"], [])) == "narrow"
	reach(t.parents("NotIn", ["/a"], [])) == "others"
	reach(t.pids("In", [7], false, [])) == "narrow"
	reach(t.pids("NotIn", [7], false, [])) == "others"
	reach(t.moves("In", ["Uts"], [])) == "narrow"
	reach(t.moves("NotIn", ["Uts"], [])) == "others"
	reach(gains("In")) == "narrow"
	reach(gains("NotIn")) == "others"
}

test_reach_of_namespaces if {
	reach(t.namespaces("In", ["4026533000"], [])) == "narrow"
	reach(t.namespaces("In", ["host_ns"], [])) == "others"
	reach(t.namespaces("In", ["4026533000", "4026531841"], [])) == "others"
	reach(t.namespaces("NotIn", ["host_ns"], [])) == "others"
	reach(t.namespaces("In", ["4026532000"], [])) == "narrow"
}

test_reach_of_capabilities if {
	reach(caps("In", false)) == "others"
	reach(caps("In", true)) == "narrow"
	reach(caps("NotIn", true)) == "others"
	reach(beside(caps("In", false), t.namespaces("NotIn", ["host_ns"], []), "matchNamespaces")) == "narrow"
	reach(beside(caps("In", false), t.namespaces("NotIn", ["4026533000"], []), "matchNamespaces")) == "others"
	contained := object.union(t.policy([]), {"workloads": "containers"})
	lib.reach(caps("In", false)) == "narrow" with input as t.create(contained)
}

test_filtered if {
	not lib.filtered(t.always([]))
	lib.filtered(t.when(t.on_file, []))
	lib.filtered(t.binaries("NotIn", ["/a"], []))
	lib.filtered(t.parents("NotIn", ["/a"], []))
	lib.filtered(t.pids("NotIn", [7], false, []))
	lib.filtered(t.namespaces("NotIn", ["host_ns"], []))
	lib.filtered(caps("NotIn", true))
	lib.filtered(t.moves("NotIn", ["Uts"], []))
	lib.filtered(gains("NotIn"))
}

vacuous(operator, type, values) if lib.vacuous(t.match(operator, type, values))

test_vacuous if {
	vacuous("Prefix", "file", ["/"])
	vacuous("Postfix", "file", ["/data", "d"])
	vacuous("SubString", "file", [""])
	not vacuous("Prefix", "file", ["/d"])
	vacuous("GT", "int", ["-1"])
	not vacuous("GT", "int", ["0"])
	vacuous("LT", "uint8", ["255"])
	not vacuous("LT", "uint8", ["254"])
	vacuous("DAddr", "sock", ["10.0.0.1", "0.0.0.0/0"])
	not vacuous("DAddr", "sock", ["10.0.0.0/8"])
	vacuous("DPort", "sock", ["0:65535"])
	not vacuous("DPort", "sock", ["1:65534"])
	vacuous("InRange", "uint8", ["0:255"])
	not vacuous("InRange", "uint8", ["1:255"])
	not vacuous("InRange", "uint8", ["7"])
	vacuous("InRange", "syscall64", ["generated_syscalls"])
	lib.vacuous(object.union(t.match("Mask", "uint8", ["255"]), {"everything": true}))
}

test_names if {
	list := {"names": {"sys_openat": true}, "prefixes": {"sec": ["security_"], "sys": ["syscalls/"]}, "short": ["x"]}
	lib.on({"call": "sys_openat"}, list)
	lib.on({"call": "security_x"}, list)
	lib.on({"call": "syscalls/sys_enter_openat", "also": "sys_openat"}, list)
	not lib.on({"call": "sys_open"}, list)
	not lib.on({"call": "secure"}, list)
	lib.on({"call": "xfs_open"}, list)
	not lib.on({"call": "se"}, list)
	lib.among("sys_open", ["sys_open"])
	lib.among("sys_open", ["sys_*"])
	not lib.among("vfs_open", ["sys_*", "vfs_read"])
}

calls := {
	"names": {"sys_openat": ["hot", "guard"], "vfs_open": ["void"]},
	"long": {"security_ino": [["security_inode_free", "void"]]},
	"few": {"sec": [["security_", "guard"]], "sys": [["syscalls/sys_exit_", "hot"]]},
	"short": [["x", "never"]],
}

lists_of(hook) := lists if {
	lists := lib.lists_of(hook) with data.organisation as {"calls": calls}
}

test_lists_of_a_hook if {
	lists_of({"call": "sys_openat"}) == {"hot": true, "guard": true}
	lists_of({"call": "security_inode_free_late"}) == {"void": true, "guard": true}
	lists_of({"call": "security_inode_fre"}) == {"guard": true}
	lists_of({"call": "syscalls/sys_exit_open", "also": "vfs_open"}) == {"hot": true, "void": true}
	lists_of({"call": "xfs_open"}) == {"never": true}
	lists_of({"call": "sys_open"}) == {}
}

test_hooks_on_a_list if {
	submission := t.create(t.policy([t.kprobe("sys_openat", []), t.kprobe("sys_open", [])]))
	found := lib.hooks_on("hot") with input as submission with data.organisation as {"calls": calls}
	[hook.call | some hook in found] == ["sys_openat"]
}

test_resolved_reads if {
	deep := object.union(t.arg(1, "int"), {"resolve": "a.b"})
	submission := t.create(t.policy([t.with_args(t.kprobe("sys_openat", []), [t.arg(0, "int"), deep])]))
	found := lib.resolved with input as submission
	[read.arg.index | some read in found] == [1]
}

test_places if {
	lib.file_of({"call": "/bin/bash:readline+0x10"}) == "/bin/bash"
	lib.place_of({"call": "/bin/bash:readline+0x10"}) == "readline+0x10"
}

decided(plans) if {
	lib.decided_behind({"path": "/spec/kprobes/0"}) with input as {"planned": plans}
}

plan(guarantee, mechanism) := object.union(t.planned(guarantee, false), {"mechanism": mechanism})

test_decided_behind if {
	decided([plan("denied-before-effect", "fentry/do_symlinkat + lsm/path_symlink")])
	decided([plan("denied-before-effect", "fmod_ret/security_path_symlink")])
	not decided([])
	not decided([plan("observed", "lsm/path_symlink")])
	not decided([plan("denied-before-effect", "fmod_ret/__x64_sys_symlinkat")])
	not decided([plan("denied-before-effect", "lsm/path_symlink"), plan("killed-after-effect", "raw_tp/sys_enter")])
}

test_who_asks if {
	lib.platform with input as t.create(t.policy([]))
	lib.enforcer with input as t.create(t.policy([]))
	not lib.platform with input as t.by(t.enforcer, t.create(t.policy([])))
	lib.enforcer with input as t.by(t.enforcer, t.create(t.policy([])))
	not lib.enforcer with input as t.by(t.tenant, t.create(t.policy([])))
	lib.of_account("team-a") with input as t.by(t.account("team-a"), t.create(t.policy([])))
	not lib.of_account("team-b") with input as t.by(t.account("team-a"), t.create(t.policy([])))
	lib.guard with input as t.create(t.policy([]))
		with data.organisation as object.union(data.organisation, {"protected": {"policies": ["watch-files"]}})
	lib.stated_reason == "x" with input as t.because(" x ", t.create(t.policy([])))
	lib.stated_reason == "" with input as t.create(t.policy([]))
}
