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

sealed := "sha256:ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"

open_ := dated(sealed, "2026-01-01T00:00:00Z", t.override(-1))

given(approver, until, digest) := object.union(open_, {"approvals": [{"id": "ap-1", "key": "watch-files", "digest": digest, "approver": approver, "until": until}]})

stood(mode, digest) := object.union(open_, {
	"operation": "update",
	"oldPolicy": object.union(open_.policy, {"digest": digest}),
	"standing": {"mode": mode, "enabled": true, "watchedMinutes": 5},
})

deny := {
	"not approved": dated("sha256:ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", "2026-01-01T00:00:00Z", t.override(-1)),
	"by who submits it": dated("sha256:0202020202020202020202020202020202020202020202020202020202020202", "2026-01-01T00:00:00Z", t.override(-1)),
	"by himself at the gate": given("pat", "2026-02-01T00:00:00Z", sealed),
	"at the gate, long ago": given("ann", "2025-12-31T00:00:00Z", sealed),
	"at the gate, until this moment": given("ann", "2026-01-01T00:00:00Z", sealed),
	"at the gate, of another text": given("ann", "2026-02-01T00:00:00Z", "sha256:00"),
	"of a text that was only watching": stood("monitor", sealed),
	"of another text than what is in force": stood("enforce", "sha256:00"),
	"long ago": dated("sha256:0101010101010101010101010101010101010101010101010101010101010101", "2026-03-01T00:00:00Z", t.override(-1)),
}

pass := {
	"approved": dated("sha256:0101010101010101010101010101010101010101010101010101010101010101", "2026-01-01T00:00:00.123Z", t.override(-1)),
	"at the gate": given("ann", "2026-02-01T00:00:00Z", sealed),
	"of what is in force already": stood("enforce", sealed),
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
