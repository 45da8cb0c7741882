package tracegate.guardrails.life_cycle.second_person_test

import data.tracegate.guardrails.life_cycle.second_person as rule
import data.tracegate.testing as t

organisation := {"approvals": [
	{"digest": "sha256:0101010101010101010101010101010101010101010101010101010101010101", "approver": "ann", "until": "2026-02-01T00:00:00Z"},
	{"digest": "sha256:0202020202020202020202020202020202020202020202020202020202020202", "approver": "pat", "until": "2026-02-01T00:00:00Z"},
]}

dated(digest, time, action) := object.union(
	t.create(object.union(t.policy([t.kprobe("sys_symlinkat", [t.when(t.on_text, [action])])]), {"digest": digest})),
	{"time": time},
)

deny := {
	"not approved": dated("sha256:ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", "2026-01-01T00:00:00Z", t.override(-1)),
	"by who submits it": dated("sha256:0202020202020202020202020202020202020202020202020202020202020202", "2026-01-01T00:00:00Z", t.override(-1)),
	"long ago": dated("sha256:0101010101010101010101010101010101010101010101010101010101010101", "2026-03-01T00:00:00Z", t.override(-1)),
}

pass := {
	"approved": dated("sha256:0101010101010101010101010101010101010101010101010101010101010101", "2026-01-01T00:00:00.123Z", t.override(-1)),
	"nothing to approve": dated("sha256:ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", "2026-01-01T00:00:00Z", t.post),
	"not in force": t.monitored(dated("sha256:ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", "2026-01-01T00:00:00Z", t.override(-1))),
}

test_denies[name] if {
	some name, submission in deny
	count(rule.findings) > 0 with input as submission with data.organisation as object.union(data.organisation, organisation)
}

test_passes[name] if {
	some name, submission in pass
	count(rule.findings) == 0 with input as submission with data.organisation as object.union(data.organisation, organisation)
}
