package tracegate.guardrails.blast_radius.odd_signal_test

import data.tracegate.guardrails.blast_radius.odd_signal as rule
import data.tracegate.testing as t

deny := {
	"SIGSTOP": t.create(t.policy([t.kprobe("sys_mount", [t.when(t.on_text, [t.signal(19, true)])])])),
	"SIGSEGV": t.create(t.policy([t.kprobe("sys_mount", [t.when(t.on_text, [t.signal(11, true)])])])),
	"a real-time signal": t.create(t.policy([t.kprobe("sys_mount", [t.when(t.on_text, [t.signal(34, true)])])])),
}

pass := {
	"SIGTERM": t.create(t.policy([t.kprobe("sys_mount", [t.when(t.on_text, [t.signal(15, true)])])])),
	"Sigkill": t.create(t.policy([t.kprobe("sys_mount", [t.when(t.on_text, [t.sigkill])])])),
}

test_denies[name] if {
	some name, submission in deny
	count(rule.findings) > 0 with input as submission
}

test_passes[name] if {
	some name, submission in pass
	count(rule.findings) == 0 with input as submission
}
