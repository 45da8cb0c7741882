package tracegate.guardrails.blast_radius.kill_alone_test

import data.tracegate.guardrails.blast_radius.kill_alone as rule
import data.tracegate.testing as t

deny := {
	"Sigkill alone": t.create(t.policy([t.kprobe("sys_symlinkat", [t.when(t.on_text, [t.sigkill])])])),
}

pass := {
	"with Override": t.create(t.policy([t.kprobe("sys_symlinkat", [t.when(t.on_text, [t.override(-1), t.sigkill])])])),
	"where hosts deny first": object.union(t.create(t.policy([t.kprobe("sys_symlinkat", [t.when(t.on_text, [t.sigkill])])])), {"planned": [t.planned("denied-before-effect", false)]}),
}

test_denies[name] if {
	some name, submission in deny
	count(rule.findings) > 0 with input as submission
}

test_passes[name] if {
	some name, submission in pass
	count(rule.findings) == 0 with input as submission
}
