package tracegate.guardrails.blast_radius.soak_test

import data.tracegate.guardrails.blast_radius.soak as rule
import data.tracegate.testing as t

links(actions) := t.policy([t.kprobe("sys_symlinkat", [t.when(t.on_text, actions)])])

organisation := {"limits": {"soakMinutes": 60, "wouldHave": 3}}

promoting(standing) := object.union(
	t.update(links([t.override(-1)]), links([t.override(-1)])),
	{"standing": object.union({"mode": "monitor", "enabled": true}, standing)},
)

unknown := t.update(object.union(links([t.override(-1)]), {"mode": "monitor"}), links([t.override(-1)]))

deny := {
	"too early": promoting({"watchedMinutes": 59, "wouldHave": 0}),
	"too often": promoting({"watchedMinutes": 60, "wouldHave": 4}),
	"nobody counts": promoting({"watchedMinutes": 60}),
	"nobody knows how long": unknown,
	"at once": t.create(links([t.override(-1)])),
	"from watching to enforcing in one change": t.update(links([t.post]), links([t.override(-1)])),
	"another hook stood": t.update(t.policy([t.kprobe("sys_ptrace", [t.when(t.on_text, [t.override(-1)])])]), t.policy([t.kprobe("sys_mount", [t.when(t.on_text, [t.override(-1)])])])),
}

pass := {
	"nobody knows how long, and it goes on watching": t.monitored(unknown),
	"nobody knows how long, and nothing is enforced": t.update(object.union(links([t.post]), {"mode": "monitor"}), links([t.post])),
	"in force before, as far as the texts say": t.update(links([t.override(-1)]), links([t.override(-1)])),
	"the text and the gate say that it watched": object.union(unknown, {"standing": {"mode": "monitor", "watchedMinutes": 60, "wouldHave": 0}}),
	"monitor mode": t.monitored(t.create(links([t.override(-1)]))),
	"after monitor mode": promoting({"watchedMinutes": 60, "wouldHave": 3}),
	"in force already": promoting({"watchedMinutes": 0, "wouldHave": 9, "mode": "enforce"}),
	"still watching": t.monitored(promoting({"watchedMinutes": 0})),
	"watching, and nothing enforced": object.union(t.update(links([t.post]), links([t.post])), {"standing": {"mode": "monitor", "watchedMinutes": 0}}),
	"nothing enforced": t.create(links([t.post])),
}

test_denies[name] if {
	some name, submission in deny
	count(rule.findings) > 0 with input as submission with data.organisation as object.union(data.organisation, organisation)
}

test_passes[name] if {
	some name, submission in pass
	count(rule.findings) == 0 with input as submission with data.organisation as object.union(data.organisation, organisation)
}

# METADATA
# description: Unless the organisation asks for it, nobody has to wait or count.
test_asks_for_nothing_by_default if {
	count(rule.findings) == 0 with input as promoting({"watchedMinutes": 0})
	count(rule.findings) == 0 with input as promoting({"watchedMinutes": 0, "wouldHave": 9})
	count(rule.findings) == 0 with input as unknown
}

strict_limits := object.union(data.organisation, {"limits": {"soakMinutes": 0, "wouldHave": 0}})

test_lets_nothing_pass_where_nothing_is_to if {
	count(rule.findings) == 1 with input as promoting({"watchedMinutes": 0, "wouldHave": 1}) with data.organisation as strict_limits
	count(rule.findings) == 1 with input as promoting({"watchedMinutes": 0}) with data.organisation as strict_limits
	count(rule.findings) == 0 with input as promoting({"watchedMinutes": 0, "wouldHave": 0}) with data.organisation as strict_limits
}
