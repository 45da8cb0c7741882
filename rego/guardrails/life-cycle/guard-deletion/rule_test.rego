package tracegate.guardrails.life_cycle.guard_deletion_test

import data.tracegate.guardrails.life_cycle.guard_deletion as rule
import data.tracegate.testing as t

links := t.named("guard-links", t.policy([]))

deny := {
	"without a reason": t.delete(links),
	"by a tenant": t.because("x", t.by(t.tenant, t.delete(links))),
	"with a reason it is still said": t.because("x", t.delete(links)),
	"by an enforcer with a reason": t.by(t.enforcer, t.because("x", t.delete(t.named("guard-x", t.policy([t.kprobe("tcp_connect", [t.always([t.post])])]))))),
	"by the platform without": t.by(t.platform, t.because(" ", t.delete(t.named("guard-x", t.policy([t.kprobe("tcp_connect", [t.always([t.post])])]))))),
	"by the platform with a reason": t.by(t.platform, t.because("x", t.delete(t.named("guard-x", t.policy([t.kprobe("tcp_connect", [t.always([t.post])])]))))),
}

pass := {
	"an ordinary policy": t.delete(t.policy([])),
	"a guard that is made": t.create(links),
	"another policy": t.by(t.tenant, t.because("", t.delete(t.named("watch", t.policy([t.kprobe("tcp_connect", [t.always([t.post])])]))))),
	"another policy by the platform": t.by(t.platform, t.because("x", t.delete(t.named("watch", t.policy([t.kprobe("tcp_connect", [t.always([t.post])])]))))),
	"a change": t.by(t.tenant, t.create(t.named("guard-x", t.policy([t.kprobe("tcp_connect", [t.always([t.post])])])))),
}

test_denies[name] if {
	some name, submission in deny
	count(rule.findings) > 0 with input as submission
}

test_passes[name] if {
	some name, submission in pass
	count(rule.findings) == 0 with input as submission
}

severities := {
	"by an enforcer with a reason": {"deny", "warn"},
	"by the platform without": {"deny", "warn"},
	"by the platform with a reason": {"warn"},
}

test_severities[name] if {
	some name, expected in severities
	found := {object.get(finding, "severity", "deny") | some finding in rule.findings} with input as deny[name]
	found == expected
}
