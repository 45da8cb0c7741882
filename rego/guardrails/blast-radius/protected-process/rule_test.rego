package tracegate.guardrails.blast_radius.protected_process_test

import data.tracegate.guardrails.blast_radius.protected_process as rule
import data.tracegate.testing as t

deny := {
	"killing the kubelet": t.create(t.policy([t.kprobe("sys_openat", [t.binaries("In", ["/usr/bin/kubelet"], [t.sigkill])])])),
	"all that lies beside the kubelet": t.create(t.policy([t.kprobe("sys_openat", [t.binaries("Prefix", ["/usr/bin/"], [t.sigkill])])])),
	"sshd wherever it lies": t.create(t.policy([t.kprobe("sys_openat", [t.binaries("Postfix", ["/sshd"], [t.sigkill])])])),
	"what init starts": t.create(t.policy([t.kprobe("sys_openat", [t.parents("In", ["/usr/lib/systemd/systemd"], [t.sigkill])])])),
	"the other spelling": t.create(t.policy([t.kprobe("sys_openat", [t.binaries("In", ["/lib/systemd/systemd"], [t.sigkill])])])),
	"overriding for sshd": t.create(t.policy([t.kprobe("sys_mount", [t.binaries("In", ["/usr/bin/nc", "/usr/sbin/sshd"], [t.override(-1)])])])),
	"init by number": t.create(t.policy([t.kprobe("sys_mount", [t.pids("In", [1], false, [t.sigkill])])])),
}

pass := {
	"another program": t.create(t.policy([t.kprobe("sys_openat", [t.binaries("In", ["/usr/bin/kubectl"], [t.sigkill])])])),
	"what lies in a place of its own": t.create(t.policy([t.kprobe("sys_openat", [t.binaries("Prefix", ["/tmp/"], [t.sigkill])])])),
	"sparing all that lies there": t.create(t.policy([t.kprobe("sys_mount", [t.binaries("NotPrefix", ["/usr/bin/"], [t.override(-1)])])])),
	"sparing the kubelet": t.create(t.policy([t.kprobe("sys_mount", [t.binaries("NotIn", ["/usr/bin/kubelet"], [t.override(-1)])])])),
	"watching the kubelet": t.create(t.policy([t.kprobe("sys_openat", [t.binaries("In", ["/usr/bin/kubelet"], [t.post])])])),
}

test_denies[name] if {
	some name, submission in deny
	count(rule.findings) > 0 with input as submission
}

test_passes[name] if {
	some name, submission in pass
	count(rule.findings) == 0 with input as submission
}
