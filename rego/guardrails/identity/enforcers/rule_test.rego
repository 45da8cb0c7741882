package tracegate.guardrails.identity.enforcers_test

import data.tracegate.guardrails.identity.enforcers as rule
import data.tracegate.testing as t

deny := {
	"a tenant killing": t.by(t.tenant, t.create(t.namespaced("team-a", [t.kprobe("sys_symlinkat", [t.when(t.on_text, [t.sigkill])])]))),
	"a tenant signalling": t.by(t.tenant, t.create(t.namespaced("team-a", [t.kprobe("sys_symlinkat", [t.when(t.on_text, [t.signal(10, true)])])]))),
	"a tenant overwriting": t.by(t.tenant, t.create(t.namespaced("team-a", [t.kprobe("sys_symlinkat", [t.when(t.on_text, [t.set])])]))),
	"a tenant overriding": t.by(t.tenant, t.create(t.namespaced("team-a", [t.kprobe("sys_symlinkat", [t.when(t.on_text, [t.override(-1)])])]))),
}

pass := {
	"an enforcer killing": t.by(t.enforcer, t.create(t.namespaced("team-a", [t.kprobe("sys_symlinkat", [t.when(t.on_text, [t.sigkill])])]))),
	"a tenant in monitor mode": t.monitored(t.by(t.tenant, t.create(t.namespaced("team-a", [t.kprobe("sys_symlinkat", [t.when(t.on_text, [t.sigkill])])])))),
	"a tenant watching": t.by(t.tenant, t.create(t.namespaced("team-a", [t.kprobe("sys_symlinkat", [t.when(t.on_text, [t.post])])]))),
	"a tenant deleting": t.by(t.tenant, t.delete(t.namespaced("team-a", [t.kprobe("sys_symlinkat", [t.when(t.on_text, [t.sigkill])])]))),
}

test_denies[name] if {
	some name, submission in deny
	count(rule.findings) > 0 with input as submission
}

test_passes[name] if {
	some name, submission in pass
	count(rule.findings) == 0 with input as submission
}
