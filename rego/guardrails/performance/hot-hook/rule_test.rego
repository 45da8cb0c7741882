package tracegate.guardrails.performance.hot_hook_test

import data.tracegate.guardrails.performance.hot_hook as rule
import data.tracegate.testing as t

deny := {
	"a filter that lets everything pass": t.create(t.policy([t.kprobe("vfs_write", [t.when([t.match("Prefix", "file", ["/"])], [t.post])])])),
	"every sent segment": t.create(t.policy([t.kprobe("tcp_sendmsg", [t.always([t.post])])])),
	"every system call": t.create(t.policy([t.tracepoint("raw_syscalls/sys_exit", [t.always([t.post])])])),
	"the scheduler": t.create(t.policy([t.tracepoint("sched/sched_switch", [t.binaries("In", ["/usr/bin/nc"], [t.post])])])),
}

pass := {
	"all but a directory": t.create(t.policy([t.kprobe("vfs_write", [t.when([t.match("NotPrefix", "file", ["/var/log/"])], [t.post])])])),
	"a directory": t.create(t.policy([t.kprobe("security_file_permission", [t.when([t.match("Prefix", "file", ["/data/"])], [t.post])])])),
	"one namespace": t.create(t.policy([t.kprobe("tcp_sendmsg", [t.namespaces("NotIn", ["host_ns"], [t.post])])])),
	"those with a capability": t.create(t.policy([t.kprobe("tcp_sendmsg", [t.capabilities("In", ["CAP_BPF"], [t.post])])])),
	"a rare function": t.create(t.policy([t.kprobe("tcp_connect", [t.always([t.post])])])),
}

test_denies[name] if {
	some name, submission in deny
	count(rule.findings) > 0 with input as submission
}

test_passes[name] if {
	some name, submission in pass
	count(rule.findings) == 0 with input as submission
}
