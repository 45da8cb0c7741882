package tracegate.guardrails.life_cycle.freeze_test

import data.tracegate.guardrails.life_cycle.freeze as rule
import data.tracegate.testing as t

organisation := {"freezes": [{"from": "2026-01-01T00:00:00Z", "until": "2026-01-03T00:00:00Z", "reason": "launch"}]}

at(time, more) := object.union(t.create(t.policy([t.kprobe("tcp_connect", [t.always([t.post])])])), object.union({"time": time}, more))

deny := {
	"in the midst": at("2026-01-02T00:00:00.500Z", {}),
	"at the first moment": at("2026-01-01T00:00:00Z", {}),
	"with a reason, and warned": at("2026-01-02T00:00:00Z", {"reason": "INC-1"}),
	"a deletion": at("2026-01-02T00:00:00Z", {"operation": "delete"}),
	"by a tenant with a reason": t.by(t.tenant, at("2026-01-02T00:00:00Z", {"reason": "x"})),
}

pass := {
	"before": at("2025-12-31T23:59:59Z", {}),
	"at its end": at("2026-01-03T00:00:00.000Z", {}),
}

test_denies[name] if {
	some name, submission in deny
	count(rule.findings) > 0 with input as submission with data.organisation as object.union(data.organisation, organisation)
}

test_passes[name] if {
	some name, submission in pass
	count(rule.findings) == 0 with input as submission with data.organisation as object.union(data.organisation, organisation)
}

severities := {
	"with a reason, and warned": {"warn"},
	"in the midst": {"deny"},
	"by a tenant with a reason": {"deny"},
}

test_severities[name] if {
	some name, expected in severities
	found := {object.get(finding, "severity", "deny") | some finding in rule.findings} with input as deny[name] with data.organisation as object.union(data.organisation, organisation)
	found == expected
}
