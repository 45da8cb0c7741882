package tracegate.guardrails.blast_radius.unscoped_kill_test

import data.tracegate.guardrails.blast_radius.unscoped_kill as rule
import data.tracegate.testing as t

deny := {
	"Sigkill without a selector": t.create(t.policy([t.kprobe("sys_mount", [t.always([t.sigkill])])])),
	"a stopping signal": t.create(t.policy([t.kprobe("sys_mount", [t.always([t.signal(19, true)])])])),
	"a filter that lets all pass": t.create(t.policy([t.kprobe("sys_mount", [t.when([t.match("Prefix", "string", [""])], [t.sigkill])])])),
	"an address that is every address": t.create(t.policy([t.kprobe("sys_mount", [t.when([t.match("DAddr", "sock", ["0.0.0.0/0"])], [t.sigkill])])])),
	"a range that is every number": t.create(t.policy([t.kprobe("sys_mount", [t.when([t.match("InRange", "uint32", ["0:4294967295"])], [t.sigkill])])])),
	"in a namespace": t.create(object.union(t.namespaced("team-a", [t.kprobe("sys_mount", [t.always([t.sigkill])])]), {"workloads": {"namespace": "team-a"}})),
	"Override for everybody": t.create(t.policy([t.kprobe("sys_mount", [t.always([t.override(-1)])])])),
	"an override of all": t.create(t.policy([t.kprobe("sys_mount", [t.always([t.override(-1)])])])),
	"a kill of all": t.create(t.policy([t.kprobe("sys_mount", [t.always([t.sigkill])])])),
}

pass := {
	"narrowed by an argument": t.create(t.policy([t.kprobe("sys_mount", [t.when(t.on_text, [t.sigkill])])])),
	"narrowed by a directory of binaries": t.create(t.policy([t.kprobe("sys_mount", [t.binaries("Prefix", ["/tmp/"], [t.sigkill])])])),
	"narrowed by a binary": t.create(t.policy([t.kprobe("sys_mount", [t.binaries("In", ["/usr/bin/nc"], [t.sigkill])])])),
	"narrowed by an address": t.create(t.policy([t.kprobe("sys_mount", [t.when([t.match("DAddr", "sock", ["10.0.0.0/8"])], [t.sigkill])])])),
	"narrowed by a range": t.create(t.policy([t.kprobe("sys_mount", [t.when([t.match("InRange", "uint32", ["7:9"])], [t.sigkill])])])),
	"narrowed by a change of namespace": t.create(t.policy([t.kprobe("sys_mount", [t.moves("In", ["User"], [t.sigkill])])])),
	"narrowed by gained capabilities": t.create(t.policy([t.kprobe("cap_capset", [t.when([object.union(t.match("CapabilitiesGained", "kernel_cap_t", []), {"beforePosition": 1})], [t.sigkill])])])),
	"narrowed by who started it": t.create(t.policy([t.kprobe("sys_mount", [t.parents("In", ["/usr/bin/nc"], [t.sigkill])])])),
	"narrowed by a namespace": t.create(t.policy([t.kprobe("sys_mount", [t.namespaces("In", ["4026532000"], [t.sigkill])])])),
	"narrowed by the labels of pods": t.create(t.policy([t.kprobe("sys_mount", [t.workloads(t.pods("In", ["web"]), [t.sigkill])])])),
	"narrowed by the policy's pods": t.create(object.union(t.policy([t.kprobe("sys_mount", [t.always([t.sigkill])])]), {"workloads": t.pods("In", ["web"])})),
	"narrowed by a capability": t.create(t.policy([t.kprobe("sys_mount", [t.capabilities("In", ["CAP_SYS_PTRACE"], [t.sigkill])])])),
	"only watching": t.create(t.policy([t.kprobe("sys_mount", [t.always([t.post])])])),
	"an override of some": t.create(t.policy([t.kprobe("sys_mount", [t.when(t.on_text, [t.override(-1)])])])),
	"an override of others": t.create(t.policy([t.kprobe("sys_mount", [t.binaries("NotIn", ["/a"], [t.override(-1)])])])),
}

test_denies[name] if {
	some name, submission in deny
	count(rule.findings) > 0 with input as submission
}

test_passes[name] if {
	some name, submission in pass
	count(rule.findings) == 0 with input as submission
}

severities := {
	"an override of all": {"warn"},
	"a kill of all": {"deny"},
}

test_severities[name] if {
	some name, expected in severities
	found := {object.get(finding, "severity", "deny") | some finding in rule.findings} with input as deny[name]
	found == expected
}
