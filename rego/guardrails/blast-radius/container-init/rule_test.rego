package tracegate.guardrails.blast_radius.container_init_test

import data.tracegate.guardrails.blast_radius.container_init as rule
import data.tracegate.testing as t

deny := {
	"process 1 inside": t.create(t.policy([t.kprobe("sys_mount", [t.pids("In", [1], true, [t.sigkill])])])),
}

pass := {
	"another process inside": t.create(t.policy([t.kprobe("sys_mount", [t.pids("In", [7], true, [t.sigkill])])])),
	"all but process 1": t.create(t.policy([t.kprobe("sys_mount", [object.union(t.pids("NotIn", [1], true, [t.sigkill]), {"matchArgs": t.on_text})])])),
	"the host’s first": t.create(t.policy([t.kprobe("sys_mount", [t.pids("In", [1], false, [t.sigkill])])])),
}

test_denies[name] if {
	some name, submission in deny
	count(rule.findings) > 0 with input as submission
}

test_passes[name] if {
	some name, submission in pass
	count(rule.findings) == 0 with input as submission
}
