package tracegate.guardrails.blast_radius.unscoped_kill_test

import data.tracegate.guardrails.blast_radius.unscoped_kill as rule
import data.tracegate.testing as t

deny := {
	"Sigkill without a selector": t.create(t.policy([t.kprobe("sys_mount", [t.always([t.sigkill])])])),
	"a stopping signal": t.create(t.policy([t.kprobe("sys_mount", [t.always([t.signal(19, true)])])])),
	"a filter that lets all pass": t.create(t.policy([t.kprobe("sys_mount", [t.when([t.match("Prefix", "string", [""])], [t.sigkill])])])),
	"Override for everybody": t.create(t.policy([t.kprobe("sys_mount", [t.always([t.override(-1)])])])),
}

pass := {
	"narrowed by an argument": t.create(t.policy([t.kprobe("sys_mount", [t.when(t.on_text, [t.sigkill])])])),
	"narrowed by a binary": t.create(t.policy([t.kprobe("sys_mount", [t.binaries("In", ["/usr/bin/nc"], [t.sigkill])])])),
	"only watching": t.create(t.policy([t.kprobe("sys_mount", [t.always([t.post])])])),
}

test_denies[name] if {
	some name, submission in deny
	count(rule.findings) > 0 with input as submission
}

test_passes[name] if {
	some name, submission in pass
	count(rule.findings) == 0 with input as submission
}
