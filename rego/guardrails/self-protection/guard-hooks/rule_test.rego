package tracegate.guardrails.self_protection.guard_hooks_test

import data.tracegate.guardrails.self_protection.guard_hooks as rule
import data.tracegate.testing as t

deny := {
	"bpf by its number": t.create(t.policy([t.tracepoint("raw_syscalls/sys_enter", [t.when([t.match("Equal", "syscall64", ["321"])], [t.sigkill])])])),
	"perf events in a range": t.create(t.policy([t.tracepoint("raw_syscalls/sys_enter", [t.when([t.match("InRange", "syscall64", ["290:300"])], [t.sigkill])])])),
	"bpf by its name where all pass": t.create(t.policy([t.tracepoint("raw_syscalls/sys_enter", [t.when([t.match("InRange", "syscall64", ["sys_bpf"])], [t.sigkill])])])),
	"perf events by its name where all pass": t.create(t.policy([t.tracepoint("raw_syscalls/sys_enter", [t.when([t.match("Equal", "syscall64", ["sys_perf_event_open"])], [t.sigkill])])])),
	"bpf of 32-bit programs": t.create(t.policy([t.tracepoint("raw_syscalls/sys_enter", [t.when([t.match("InRange", "syscall64", ["i386/sys_bpf"])], [t.sigkill])])])),
	"bpf for everybody": t.create(t.policy([t.kprobe("sys_bpf", [t.when([t.match("Equal", "int", ["5"])], [t.override(-1)])])])),
	"the check function": t.create(t.policy([t.kprobe("security_bpf_prog", [t.always([t.override(-1)])])])),
	"all but one": t.create(t.policy([t.kprobe("sys_perf_event_open", [t.binaries("NotIn", ["/usr/bin/perf"], [t.sigkill])])])),
	"a guard of somebody else": t.by(t.tenant, t.create(t.named("guard-x", t.policy([t.kprobe("sys_bpf", [t.always([t.override(-1)])])])))),
}

pass := {
	"another number": t.create(t.policy([t.tracepoint("raw_syscalls/sys_enter", [t.when([t.match("Equal", "syscall64", ["320"])], [t.sigkill])])])),
	"numbers beside it": t.create(t.policy([t.tracepoint("raw_syscalls/sys_enter", [t.when([t.match("InRange", "syscall64", ["299:320"])], [t.sigkill])])])),
	"all numbers but that": t.create(t.policy([t.tracepoint("raw_syscalls/sys_enter", [t.when([t.match("NotInRange", "syscall64", ["321"])], [t.sigkill])])])),
	"all names but that": t.create(t.policy([t.tracepoint("raw_syscalls/sys_enter", [t.when([t.match("NotEqual", "syscall64", ["sys_bpf"])], [t.sigkill])])])),
	"another name": t.create(t.policy([t.tracepoint("raw_syscalls/sys_enter", [t.when([t.match("Equal", "syscall64", ["sys_mount"])], [t.sigkill])])])),
	"a number that is no call’s": t.create(t.policy([t.tracepoint("raw_syscalls/sys_enter", [t.when([t.match("Equal", "uint64", ["321"])], [t.sigkill])])])),
	"bpf by its number by one program": t.create(t.policy([t.tracepoint("raw_syscalls/sys_enter", [object.union(t.binaries("In", ["/tmp/loader"], [t.sigkill]), {"matchArgs": [t.match("Equal", "syscall64", ["321"])]})])])),
	"bpf by its number in a guard": t.create(t.named("guard-x", t.policy([t.tracepoint("raw_syscalls/sys_enter", [t.when([t.match("Equal", "syscall64", ["321"])], [t.sigkill])])]))),
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
