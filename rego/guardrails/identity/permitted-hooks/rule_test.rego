package tracegate.guardrails.identity.permitted_hooks_test

import data.tracegate.guardrails.identity.permitted_hooks as rule
import data.tracegate.testing as t

organisation := {"permissions": [{"groups": ["example-auditors"], "hooks": ["tcp_*", "sys_symlinkat"], "actions": ["Post"]}]}

ann := {"user": "ann", "groups": ["example-auditors"]}

deny := {
	"another hook": t.by(ann, t.create(t.namespaced("team-a", [t.kprobe("sys_mount", [t.always([t.post])])]))),
	"another action": t.by(ann, t.create(t.namespaced("team-a", [t.kprobe("tcp_connect", [t.when(t.on_text, [t.sigkill])])]))),
}

pass := {
	"what is listed": t.by(ann, t.create(t.namespaced("team-a", [t.kprobe("tcp_connect", [t.always([t.post])])]))),
	"a group without a list": t.by(t.tenant, t.create(t.namespaced("team-a", [t.kprobe("sys_mount", [t.always([t.post])])]))),
	"the platform": t.create(t.policy([t.kprobe("sys_mount", [t.always([t.post])])])),
}

test_denies[name] if {
	some name, submission in deny
	count(rule.findings) > 0 with input as submission with data.organisation.permissions as organisation.permissions
}

test_passes[name] if {
	some name, submission in pass
	count(rule.findings) == 0 with input as submission with data.organisation.permissions as organisation.permissions
}
