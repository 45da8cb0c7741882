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
	"the number zero": t.create(t.policy([t.kprobe("sys_mount", [t.pids("In", [0], false, [t.sigkill])])])),
	"the thread of threads": t.create(t.policy([t.kprobe("sys_mount", [t.pids("In", [2], false, [t.sigkill])])])),
	"what the first process starts": t.create(t.policy([t.kprobe("sys_mount", [t.parents("In", ["/sbin/init"], [t.sigkill])])])),
	"every service": t.create(t.policy([t.kprobe("sys_mount", [t.parents("In", ["/lib/systemd/systemd"], [t.sigkill])])])),
	"what a login starts": t.create(t.policy([t.kprobe("sys_mount", [t.parents("In", ["/usr/sbin/sshd"], [t.sigkill])])])),
}

pass := {
	"another program": t.create(t.policy([t.kprobe("sys_openat", [t.binaries("In", ["/usr/bin/kubectl"], [t.sigkill])])])),
	"what lies in a place of its own": t.create(t.policy([t.kprobe("sys_openat", [t.binaries("Prefix", ["/tmp/"], [t.sigkill])])])),
	"sparing all that lies there": t.create(t.policy([t.kprobe("sys_mount", [t.binaries("NotPrefix", ["/usr/bin/"], [t.override(-1)])])])),
	"sparing the kubelet": t.create(t.policy([t.kprobe("sys_mount", [t.binaries("NotIn", ["/usr/bin/kubelet"], [t.override(-1)])])])),
	"watching the kubelet": t.create(t.policy([t.kprobe("sys_openat", [t.binaries("In", ["/usr/bin/kubelet"], [t.post])])])),
	"the first one of a container": t.create(t.policy([t.kprobe("sys_mount", [t.pids("In", [1], true, [t.sigkill])])])),
	"not the first one": t.create(t.policy([t.kprobe("sys_mount", [t.pids("NotIn", [1], false, [t.sigkill])])])),
	"another number": t.create(t.policy([t.kprobe("sys_mount", [t.pids("In", [3], false, [t.sigkill])])])),
	"what a program starts": t.create(t.policy([t.kprobe("sys_mount", [t.parents("In", ["/opt/app/app"], [t.sigkill])])])),
	"not by its ending": t.create(t.policy([t.kprobe("sys_mount", [t.binaries("NotPostfix", ["/kubelet"], [t.override(-1)])])])),
	"another ending": t.create(t.policy([t.kprobe("sys_mount", [t.binaries("Postfix", ["/nginx"], [t.sigkill])])])),
}

test_denies[name] if {
	some name, submission in deny
	count(rule.findings) > 0 with input as submission
}

test_passes[name] if {
	some name, submission in pass
	count(rule.findings) == 0 with input as submission
}

severities := {
	"what the first process starts": {"deny"},
	"every service": {"deny"},
	"what a login starts": {"warn"},
	"the number zero": {"deny"},
}

test_severities[name] if {
	some name, expected in severities
	found := {object.get(finding, "severity", "deny") | some finding in rule.findings} with input as deny[name]
	found == expected
}

says := {
	"all that lies beside the kubelet": "all that begins with /usr/bin/: /usr/bin/",
	"sshd wherever it lies": "all that ends with /sshd: /sbin/sshd",
}

test_says[name] if {
	some name, part in says
	found := [finding.message | some finding in rule.findings] with input as deny[name]
	some message in found
	contains(message, part)
}
