package tracegate.guardrails.blast_radius.faked_success_test

import data.tracegate.guardrails.blast_radius.faked_success as rule
import data.tracegate.testing as t

deny := {
	"zero": t.create(t.policy([t.kprobe("sys_fsync", [t.when(t.on_text, [t.override(0)])])])),
	"positive": t.create(t.policy([t.kprobe("sys_symlinkat", [t.when(t.on_text, [t.override(1)])])])),
	"left out": t.create(t.policy([t.kprobe("sys_symlinkat", [t.when(t.on_text, [t.action("Override")])])])),
	"in monitor mode too": t.monitored(t.create(t.policy([t.kprobe("sys_fsync", [t.when(t.on_text, [t.override(0)])])]))),
	"zero for a mount": t.create(t.policy([t.kprobe("sys_mount", [t.when(t.on_text, [t.override(0)])])])),
}

pass := {
	"an error": t.create(t.policy([t.kprobe("sys_fsync", [t.when(t.on_text, [t.override(-1)])])])),
}

test_denies[name] if {
	some name, submission in deny
	count(rule.findings) > 0 with input as submission
}

test_passes[name] if {
	some name, submission in pass
	count(rule.findings) == 0 with input as submission
}
