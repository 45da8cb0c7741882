package tracegate.guardrails.blast_radius.interrupt_context_test

import data.tracegate.guardrails.blast_radius.interrupt_context as rule
import data.tracegate.testing as t

deny := {
	"a packet arriving": t.create(t.policy([t.tracepoint("net/netif_receive_skb", [t.binaries("In", ["/usr/bin/nc"], [t.sigkill])])])),
	"the scheduler": t.create(t.policy([t.tracepoint("sched/sched_switch", [t.binaries("In", ["/usr/bin/nc"], [t.sigkill])])])),
	"a function of the receive path": t.create(t.policy([t.kprobe("ip_rcv", [t.pids("In", [4711], false, [t.sigkill])])])),
	"a packet to many": t.create(t.policy([t.kprobe("ip_mc_output", [t.binaries("In", ["/a"], [t.sigkill])])])),
	"freed packets": t.create(t.policy([t.kprobe("kfree_skb_reason", [t.binaries("In", ["/a"], [t.sigkill])])])),
	"a socket’s state": t.create(t.policy([t.tracepoint("sock/inet_sock_set_state", [t.binaries("In", ["/a"], [t.sigkill])])])),
	"by its other name": t.create(t.policy([object.union(t.kprobe("x.isra.0", [t.binaries("In", ["/a"], [t.sigkill])]), {"also": "tcp_v4_rcv"})])),
}

pass := {
	"the process's own call": t.create(t.policy([t.kprobe("tcp_connect", [t.binaries("In", ["/usr/bin/nc"], [t.sigkill])])])),
	"watching": t.create(t.policy([t.tracepoint("sched/sched_switch", [t.always([t.post])])])),
}

test_denies[name] if {
	some name, submission in deny
	count(rule.findings) > 0 with input as submission
}

test_passes[name] if {
	some name, submission in pass
	count(rule.findings) == 0 with input as submission
}
