package tracegate.guardrails.performance.never_hook_test

import data.tracegate.guardrails.performance.never_hook as rule
import data.tracegate.testing as t

deny := {
	"a spin lock": t.create(t.policy([t.kprobe("_raw_spin_lock", [t.when(t.on_text, [t.post])])])),
	"the clock": t.create(t.policy([t.kprobe("ktime_get", [t.when(t.on_text, [t.post])])])),
}

pass := {
	"a system call that is called so": t.create(t.policy([object.union(t.kprobe("panic", [t.always([t.post])]), {"syscall": true})])),
	"a system call of a like name": t.create(t.policy([t.kprobe("sys_schedule_x", [t.when(t.on_text, [t.post])])])),
	"an ordinary function": t.create(t.policy([t.kprobe("tcp_connect", [t.always([t.post])])])),
}

test_denies[name] if {
	some name, submission in deny
	count(rule.findings) > 0 with input as submission
}

test_passes[name] if {
	some name, submission in pass
	count(rule.findings) == 0 with input as submission
}
