package tracegate.guardrails.bpf_loads.odd_time_test

import data.tracegate.guardrails.bpf_loads.odd_time as rule
import data.tracegate.testing as t

organisation := {"bpf": {
	"loadsPerMinute": 100,
	"essential": ["/usr/bin/runc"],
	"maintenance": [{"from": "2026-01-01T00:00:00Z", "until": "2026-01-02T00:00:00Z"}],
}}

bpf := object.union(data.organisation.bpf, organisation.bpf)

gone(more) := t.seen("gone", object.union({"attached": true, "seconds": 0.4, "program": {"type": "xdp"}}, more))

at(time, submission) := object.union(submission, {"time": time})

inside := "2026-01-01T12:00:00Z"

deny := {
	"a moment of XDP": gone({}),
	"a moment of fmod_ret": gone({"program": {"type": "tracing", "attachType": "modify_return"}}),
	"a moment of a cgroup's": gone({"program": {"type": "cgroup_skb"}}),
	"many": t.seen("often", {"count": 101}),
	"before the time": at("2025-12-31T23:59:59Z", t.loaded({})),
	"as the time ends": at("2026-01-02T00:00:00Z", t.loaded({})),
}

pass := {
	"a second": gone({"seconds": 1}),
	"never attached": gone({"attached": false}),
	"that only looks": gone({"program": {"type": "kprobe"}}),
	"another way of tracing": gone({"program": {"type": "tracing", "attachType": "trace_fentry"}}),
	"the container runtime": gone({"loader": {"path": "/usr/bin/runc"}}),
	"one of ours": gone({"ours": true}),
	"as many as may be": t.seen("often", {"count": 100}),
	"as the time begins": at("2026-01-01T00:00:00Z", t.loaded({})),
	"as it begins, to the millisecond": at("2026-01-01T00:00:00.000Z", t.loaded({})),
	"an end at another time": at("2026-02-01T00:00:00Z", t.seen("gone", {})),
	"in that time": at(inside, t.loaded({})),
	"the container runtime, later": at("2026-02-01T00:00:00Z", t.loaded({"loader": {"path": "/usr/bin/runc"}})),
}

test_denies[name] if {
	some name, submission in deny
	count(rule.findings) == 1 with input as submission with data.organisation.bpf as bpf
}

test_passes[name] if {
	some name, submission in pass
	count(rule.findings) == 0 with input as submission with data.organisation.bpf as bpf
}

test_passes_without_times if {
	count(rule.findings) == 0 with input as t.loaded({}) with data.organisation.bpf as object.union(bpf, {"maintenance": []})
}
