package tracegate.guardrails.blast_radius.unexpected_error_test

import data.tracegate.guardrails.blast_radius.unexpected_error as rule
import data.tracegate.testing as t

deny := {
	"a restart code": t.create(t.policy([t.kprobe("sys_symlinkat", [t.when(t.on_text, [t.override(-512)])])])),
	"EINTR": t.create(t.policy([t.kprobe("sys_symlinkat", [t.when(t.on_text, [t.override(-4)])])])),
}

pass := {
	"EACCES": t.create(t.policy([t.kprobe("sys_symlinkat", [t.when(t.on_text, [t.override(-13)])])])),
	"ENOSYS": t.create(t.policy([t.kprobe("sys_symlinkat", [t.when(t.on_text, [t.override(-38)])])])),
	"no error": t.create(t.policy([t.kprobe("sys_mount", [t.when(t.on_text, [t.override(0)])])])),
	"success": t.create(t.policy([t.kprobe("sys_mount", [t.when(t.on_text, [t.override(1)])])])),
}

test_denies[name] if {
	some name, submission in deny
	count(rule.findings) > 0 with input as submission
}

test_passes[name] if {
	some name, submission in pass
	count(rule.findings) == 0 with input as submission
}
