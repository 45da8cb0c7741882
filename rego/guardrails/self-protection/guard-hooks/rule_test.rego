package tracegate.guardrails.self_protection.guard_hooks_test

import data.tracegate.guardrails.self_protection.guard_hooks as rule
import data.tracegate.testing as t

deny := {
	"bpf for everybody": t.create(t.policy([t.kprobe("sys_bpf", [t.when([t.match("Equal", "int", ["5"])], [t.override(-1)])])])),
	"the check function": t.create(t.policy([t.kprobe("security_bpf_prog", [t.always([t.override(-1)])])])),
	"all but one": t.create(t.policy([t.kprobe("sys_perf_event_open", [t.binaries("NotIn", ["/usr/bin/perf"], [t.sigkill])])])),
	"a guard of somebody else": t.by(t.tenant, t.create(t.named("guard-x", t.policy([t.kprobe("sys_bpf", [t.always([t.override(-1)])])])))),
}

pass := {
	"named programs": t.create(t.policy([t.kprobe("sys_bpf", [t.binaries("In", ["/tmp/loader"], [t.override(-1)])])])),
	"watching": t.create(t.policy([t.kprobe("sys_bpf", [t.always([t.post])])])),
	"a guard": t.create(t.named("guard-bpf", t.policy([t.kprobe("sys_bpf", [t.binaries("NotIn", ["/usr/sbin/bpftool"], [t.override(-1)])])]))),
	"another call": t.create(t.policy([t.kprobe("sys_mount", [t.always([t.override(-1)])])])),
}

test_denies[name] if {
	some name, submission in deny
	count(rule.findings) > 0 with input as submission
}

test_passes[name] if {
	some name, submission in pass
	count(rule.findings) == 0 with input as submission
}
