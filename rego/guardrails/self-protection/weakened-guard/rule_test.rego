package tracegate.guardrails.self_protection.weakened_guard_test

import data.tracegate.guardrails.self_protection.weakened_guard as rule
import data.tracegate.testing as t

guard(actions) := t.named("guard-links", t.policy([t.kprobe("sys_symlinkat", [t.when(t.on_text, actions)])]))

other(actions) := object.union(guard(actions), {"digest": "sha256:11"})

outside(inode) := t.named("guard-links", t.policy([t.kprobe("sys_symlinkat", [t.namespaces("NotIn", [inode], [t.sigkill])])]))

following(children) := t.named("guard-links", t.policy([t.kprobe("sys_mount", [object.union(t.always([t.sigkill]), {"matchBinaries": [object.union(t.program("In", "/usr/bin/nc"), {"followChildren": children})]})])]))

gained(position) := t.named("guard-links", t.policy([t.kprobe("sys_mount", [t.when([object.union(t.match("CapabilitiesGained", "cap_effective", ["1"]), {"beforePosition": position})], [t.sigkill])])]))
on(pods) := object.union(guard([t.override(-1)]), {"workloads": pods})

deny := {
	"other nodes, with a reason": t.because("x", t.update(other_nodes("a"), again(other_nodes("b")))),
	"other pods of a selector, with a reason": t.because("x", t.update(in_pods("a"), again(in_pods("b")))),
	"children of parents no more": t.because("x", t.update(from_parents(true), again(from_parents(false)))),
	"together for as short as can be": t.because("x", t.update(watch({}), told({"aggregateMs": 1}))),
	"other pods, with a reason": t.because("x", t.update(on(t.pods("In", ["a"])), object.union(on(t.pods("In", ["b"])), {"digest": "sha256:11"}))),
	"some pods only, with a reason": t.because("x", t.update(guard([t.override(-1)]), object.union(on(t.pods("In", ["b"])), {"digest": "sha256:11"}))),
	"without a reason": t.update(guard([t.override(-1)]), other([t.override(-13)])),
	"by a tenant": t.because("x", t.by(t.tenant, t.update(guard([t.override(-1)]), other([t.override(-13)])))),
	"an action less, with a reason": t.because("x", t.update(guard([t.override(-1)]), other([t.post]))),
	"another namespace, with a reason": t.because("x", t.update(outside("4026531836"), object.union(outside("4026531837"), {"digest": "sha256:11"}))),
	"to monitor mode": t.because("x", t.monitored(t.update(guard([t.override(-1)]), guard([t.override(-1)])))),
	"by an enforcer with a reason": t.because("x", t.by(t.enforcer, t.update(guard([t.override(-1)]), other([t.override(-1)])))),
	"to monitor mode without a reason": t.monitored(t.update(guard([t.override(-1)]), guard([t.override(-1)]))),
	"to monitor mode from enforce": t.because("x", t.monitored(t.update(object.union(guard([t.override(-1)]), {"mode": "enforce"}), guard([t.override(-1)])))),
	"children no more": t.because("x", t.update(following(true), object.union(following(false), {"digest": "sha256:11"}))),
	"another argument before": t.because("x", t.update(gained(0), object.union(gained(1), {"digest": "sha256:11"}))),
	"a bound on what it tells, with a reason": t.because("x", t.update(watch({}), told({"throttle": {"events": 10, "intervalMs": 1000}}))),
	"a tighter one, with a reason": t.because("x", t.update(watch({"throttle": {"events": 10, "intervalMs": 1000}}), told({"throttle": {"events": 10, "intervalMs": 2000}}))),
	"the same events together, with a reason": t.because("x", t.update(watch({}), told({"aggregateMs": 1000}))),
	"a bound on its kills, with a reason": t.because("x", t.update(kills({}), again(kills({"killsPerMinute": 60})))),
	"fewer kills, with a reason": t.because("x", t.update(kills({"killsPerMinute": 60}), again(kills({"killsPerMinute": 59})))),
	"the same events together for longer": t.because("x", t.update(watch({"aggregateMs": 1000}), told({"aggregateMs": 2000}))),
}

other_nodes(name) := object.union(guard([t.override(-1)]), {"nodes": [{"key": "zone", "operator": "In", "values": [name]}]})

in_pods(name) := t.named("guard-links", t.policy([t.kprobe("sys_mount", [object.union(t.always([t.sigkill]), {"matchWorkloads": t.pods("In", [name])})])]))

from_parents(children) := t.named("guard-links", t.policy([t.kprobe("sys_mount", [object.union(t.always([t.sigkill]), {"matchParentBinaries": [object.union(t.program("In", "/usr/bin/nc"), {"followChildren": children})]})])]))

again(policy) := object.union(policy, {"digest": "sha256:11"})

kills(bound) := object.union(guard([t.sigkill]), bound)

watch(floods) := object.union(guard([t.post]), floods)

told(floods) := object.union(watch(floods), {"digest": "sha256:11"})

pass := {
	"the very same by a tenant": t.by(t.tenant, t.update(guard([t.override(-1)]), guard([t.override(-1)]))),
	"under the same digest, whatever it says": t.because("x", t.update(guard([t.override(-1)]), guard([t.post]))),
	"bound under the same digest": t.because("x", t.update(watch({}), watch({"aggregateMs": 1000}))),
	"an ordinary policy that is bound": t.because("x", t.update(t.policy([]), object.union(t.policy([]), {"digest": "sha256:11", "aggregateMs": 1000}))),
	"a looser bound, with a reason": t.because("x", t.update(watch({"throttle": {"events": 10, "intervalMs": 2000}}), told({"throttle": {"events": 10, "intervalMs": 1000}}))),
	"no bound any more": t.because("x", t.update(watch({"throttle": {"events": 10, "intervalMs": 2000}, "aggregateMs": 1000}), told({}))),
	"kills bound under the same digest": t.because("x", t.update(kills({}), kills({"killsPerMinute": 60}))),
	"as many kills": t.because("x", t.update(kills({"killsPerMinute": 60}), again(kills({"killsPerMinute": 60})))),
	"more kills": t.because("x", t.update(kills({"killsPerMinute": 60}), again(kills({"killsPerMinute": 61})))),
	"kills without a bound": t.because("x", t.update(kills({"killsPerMinute": 60}), again(kills({})))),
	"an ordinary policy that kills less": t.because("x", t.update(t.policy([t.kprobe("sys_mount", [t.always([t.sigkill])])]), again(object.union(t.policy([t.kprobe("sys_mount", [t.always([t.sigkill])])]), {"killsPerMinute": 1})))),
	"bound as before": t.because("x", t.update(watch({"throttle": {"events": 10, "intervalMs": 1000}, "aggregateMs": 1000}), told({"throttle": {"events": 20, "intervalMs": 2000}, "aggregateMs": 1000}))),
	"more of it, with a reason": t.because("x", t.update(guard([t.override(-1)]), other([t.override(-1), t.sigkill]))),
	"the very same": t.update(guard([t.override(-1)]), guard([t.override(-1)])),
	"an ordinary policy": t.update(t.policy([]), object.union(t.policy([]), {"digest": "sha256:11"})),
	"watching less": t.because("x", t.update(guard([t.post, t.override(-1)]), other([t.override(-1)]))),
	"monitored before": t.because("x", t.monitored(t.update(object.union(guard([t.override(-1)]), {"mode": "monitor"}), guard([t.override(-1)])))),
	"an ordinary policy to monitor mode": t.monitored(t.update(t.policy([t.kprobe("sys_mount", [t.always([t.sigkill])])]), t.policy([t.kprobe("sys_mount", [t.always([t.sigkill])])]))),
	"an ordinary policy weakened": t.by(t.tenant, t.update(t.policy([t.kprobe("sys_mount", [t.always([t.sigkill])])]), object.union(t.policy([]), {"digest": "sha256:11"}))),
	"children as before": t.because("x", t.update(following(true), object.union(following(true), {"digest": "sha256:11"}))),
	"no argument before, as before": t.because("x", t.update(following(false), object.union(following(false), {"digest": "sha256:11"}))),
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
	"the same events together, with a reason": {"warn"},
	"without a reason": {"deny"},
	"by a tenant": {"deny"},
	"a bound on its kills, with a reason": {"warn"},
	"by an enforcer with a reason": {"deny"},
	"an action less, with a reason": {"warn"},
	"to monitor mode": {"warn"},
	"to monitor mode without a reason": {"deny", "warn"},
	"to monitor mode from enforce": {"warn"},
}

test_severities[name] if {
	some name, expected in severities
	found := {object.get(finding, "severity", "deny") | some finding in rule.findings} with input as deny[name]
	found == expected
}

says := {
	"a bound on what it tells, with a reason": "fewer events of a cgroup",
	"a tighter one, with a reason": "fewer events of a cgroup",
	"the same events together, with a reason": "told together, and later",
}

test_says[name] if {
	some name, part in says
	found := [finding.message | some finding in rule.findings] with input as deny[name]
	some message in found
	contains(message, part)
}
