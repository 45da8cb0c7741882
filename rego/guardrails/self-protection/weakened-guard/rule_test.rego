package tracegate.guardrails.self_protection.weakened_guard_test

import data.tracegate.guardrails.self_protection.weakened_guard as rule
import data.tracegate.testing as t

guard(actions) := t.named("guard-links", t.policy([t.kprobe("sys_symlinkat", [t.when(t.on_text, actions)])]))

other(actions) := object.union(guard(actions), {"digest": "sha256:11"})

outside(inode) := t.named("guard-links", t.policy([t.kprobe("sys_symlinkat", [t.namespaces("NotIn", [inode], [t.sigkill])])]))

deny := {
	"without a reason": t.update(guard([t.override(-1)]), other([t.override(-13)])),
	"by a tenant": t.because("x", t.by(t.tenant, t.update(guard([t.override(-1)]), other([t.override(-13)])))),
	"an action less, with a reason": t.because("x", t.update(guard([t.override(-1)]), other([t.post]))),
	"another namespace, with a reason": t.because("x", t.update(outside("4026531836"), object.union(outside("4026531837"), {"digest": "sha256:11"}))),
	"to monitor mode": t.because("x", t.monitored(t.update(guard([t.override(-1)]), guard([t.override(-1)])))),
}

pass := {
	"more of it, with a reason": t.because("x", t.update(guard([t.override(-1)]), other([t.override(-1), t.sigkill]))),
	"the very same": t.update(guard([t.override(-1)]), guard([t.override(-1)])),
	"an ordinary policy": t.update(t.policy([]), object.union(t.policy([]), {"digest": "sha256:11"})),
}

test_denies[name] if {
	some name, submission in deny
	count(rule.findings) > 0 with input as submission
}

test_passes[name] if {
	some name, submission in pass
	count(rule.findings) == 0 with input as submission
}
