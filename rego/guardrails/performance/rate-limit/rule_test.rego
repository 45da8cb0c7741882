package tracegate.guardrails.performance.rate_limit_test

import data.tracegate.guardrails.performance.rate_limit as rule
import data.tracegate.testing as t

deny := {
	"all but one program": t.create(t.policy([t.kprobe("tcp_sendmsg", [t.binaries("NotIn", ["/usr/bin/curl"], [t.post])])])),
	"all but a directory": t.create(t.policy([t.kprobe("vfs_write", [t.when([t.match("NotPrefix", "file", ["/var/log/"])], [t.post])])])),
	"a bound that is none": bounded(2001, 1000),
	"the same events once": t.create(object.union(t.policy([t.kprobe("tcp_sendmsg", [t.binaries("NotIn", ["/usr/bin/curl"], [t.post])])]), {"aggregateMs": 10000})),
}

bounded(events, interval_ms) := t.create(object.union(
	t.policy([t.kprobe("tcp_sendmsg", [t.binaries("NotIn", ["/usr/bin/curl"], [t.post])])]),
	{"throttle": {"events": events, "intervalMs": interval_ms}},
))

pass := {
	"bounded for each cgroup": bounded(1000, 1000),
	"bounded over a longer time": bounded(60000, 60000),
	"some namespaces": t.create(t.policy([t.kprobe("fd_install", [t.namespaces("NotIn", ["host_ns"], [t.post])])])),
	"limited": t.create(t.policy([t.kprobe("tcp_sendmsg", [t.binaries("NotIn", ["/usr/bin/curl"], [object.union(t.post, {"rateLimitMs": 1000})])])])),
	"one program": t.create(t.policy([t.kprobe("tcp_sendmsg", [t.binaries("In", ["/usr/bin/curl"], [t.post])])])),
	"no filter at all": t.create(t.policy([t.kprobe("tcp_sendmsg", [t.always([t.post])])])),
	"no event": t.create(t.policy([t.kprobe("tcp_sendmsg", [t.binaries("NotIn", ["/usr/bin/curl"], [t.post, t.action("NoPost")])])])),
	"something else than an event": t.create(t.policy([t.kprobe("tcp_sendmsg", [t.binaries("NotIn", ["/usr/bin/curl"], [t.action("NoPost")])])])),
	"a rare function": t.create(t.policy([t.kprobe("tcp_connect", [t.binaries("NotIn", ["/usr/bin/curl"], [t.post])])])),
}

test_denies[name] if {
	some name, submission in deny
	count(rule.findings) > 0 with input as submission
}

test_passes[name] if {
	some name, submission in pass
	count(rule.findings) == 0 with input as submission
}
