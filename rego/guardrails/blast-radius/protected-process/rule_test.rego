package tracegate.guardrails.blast_radius.protected_process_test

import data.tracegate.guardrails.blast_radius.protected_process as rule
import data.tracegate.testing as t

deny := {
	"one program of what the first process starts": t.create(t.policy([t.kprobe("sys_mount", [object.union(t.parents("In", ["/sbin/init"], [t.sigkill]), {"matchBinaries": [t.program("In", "/usr/bin/nc")]})])])),
	"one program of every service": t.create(t.policy([t.kprobe("sys_mount", [object.union(t.parents("In", ["/lib/systemd/systemd"], [t.sigkill]), {"matchBinaries": [t.program("In", "/usr/bin/nc")]})])])),
	"a package manager of the host": t.create(t.policy([t.kprobe("sys_execve", [object.union(t.namespaces("In", ["host_ns"], [t.sigkill]), {"matchArgs": [t.match("Equal", "string", ["/usr/bin/dpkg"])]})])])),
	"a package manager that is not started": t.create(t.policy([t.kprobe("sys_execve", [t.when([t.match("Equal", "string", ["/usr/bin/dpkg"])], [t.override(-1)])])])),
	"what a check is asked about": t.create(t.policy([t.kprobe("security_bprm_check_security", [t.when([t.match("Postfix", "linux_binprm", ["/kubelet"])], [t.sigkill])])])),
	"all programs of a directory": t.create(t.policy([object.union(t.tracepoint("syscalls/sys_enter_execve", [t.when([t.match("Prefix", "string", ["/sbin/ss"])], [t.sigkill])]), {"also": "sys_execve"})])),
	"the kubelet by its short name": t.create(t.policy([t.with_args(t.kprobe("sys_mount", [t.when([t.match("Equal", "string", ["kubelet"])], [t.sigkill])]), [object.union(t.arg(-1, "string"), {"source": "current_task", "resolve": "comm"})])])),
	"the ending of a name": t.create(t.policy([t.with_args(t.kprobe("sys_mount", [t.when([t.match("Postfix", "string", ["elet"])], [t.sigkill])]), [object.union(t.arg(-1, "string"), {"source": "current_task", "resolve": "comm"})])])),
	"what the kubelet started, by its short name": t.create(t.policy([t.with_args(t.kprobe("sys_mount", [t.when([t.match("Equal", "string", ["kubelet"])], [t.sigkill])]), [object.union(t.arg(-1, "string"), {"source": "current_task", "resolve": "real_parent.comm"})])])),
	"what one started, by the other name": t.create(t.policy([t.with_args(t.kprobe("sys_mount", [t.when([t.match("Equal", "string", ["kubelet"])], [t.sigkill])]), [object.union(t.arg(-1, "string"), {"source": "current_task", "resolve": "parent.comm"})])])),
	"a group by its short name": t.create(t.policy([t.with_args(t.kprobe("sys_mount", [t.when([t.match("Equal", "string", ["kubelet"])], [t.sigkill])]), [object.union(t.arg(-1, "string"), {"source": "current_task", "resolve": "group_leader.comm"})])])),
	"fifteen letters of a name": t.create(t.policy([t.with_args(t.kprobe("sys_mount", [t.when([t.match("Equal", "string", ["systemd-journal"])], [t.sigkill])]), [object.union(t.arg(-1, "string"), {"source": "current_task", "resolve": "comm"})])])),
	"the beginning of a name": t.create(t.policy([t.with_args(t.kprobe("sys_mount", [t.when([t.match("Prefix", "string", ["containerd-"])], [t.sigkill])]), [object.union(t.arg(-1, "string"), {"source": "current_task", "resolve": "comm"})])])),
	"the first process by what the task is": t.create(t.policy([t.with_args(t.kprobe("sys_mount", [t.when([t.match("Equal", "int", ["1"])], [t.sigkill])]), [object.union(t.arg(-1, "int"), {"source": "current_task", "resolve": "tgid"})])])),
	"the first numbers": t.create(t.policy([t.with_args(t.kprobe("sys_mount", [t.when([t.match("InRange", "int", ["1:10"])], [t.sigkill])]), [object.union(t.arg(-1, "int"), {"source": "current_task", "resolve": "pid"})])])),
	"what the first process starts by what the task is": t.create(t.policy([t.with_args(t.kprobe("sys_mount", [t.when([t.match("Equal", "int", ["1"])], [t.sigkill])]), [object.union(t.arg(-1, "int"), {"source": "current_task", "resolve": "real_parent.pid"})])])),
	"one program of a login": t.create(t.policy([t.kprobe("sys_mount", [object.union(t.parents("In", ["/usr/sbin/sshd"], [t.sigkill]), {"matchBinaries": [t.program("In", "/usr/bin/nc")]})])])),
	"one value in a login": t.create(t.policy([t.kprobe("sys_mount", [object.union(t.parents("In", ["/usr/sbin/sshd"], [t.sigkill]), {"matchArgs": [t.match("Equal", "string", ["/srv"])]})])])),
	"a login by a filter that is none": t.create(t.policy([t.kprobe("sys_mount", [object.union(t.parents("In", ["/usr/sbin/sshd"], [t.sigkill]), {"matchArgs": [t.match("Prefix", "string", ["/"]), t.match("NotEqual", "string", ["/srv"])]})])])),
	"a login in pods": t.create(object.union(t.policy([t.kprobe("sys_mount", [t.parents("In", ["/usr/sbin/sshd"], [t.sigkill])])]), {"workloads": t.pods("In", ["a"])})),
	"a login in pods of a selector": t.create(t.policy([t.kprobe("sys_mount", [object.union(t.parents("In", ["/usr/sbin/sshd"], [t.sigkill]), {"matchWorkloads": t.pods("In", ["a"])})])])),
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
	"a number that reads like a program": t.create(t.policy([t.kprobe("sys_execve", [t.when([t.match("Equal", "int", ["/usr/bin/dpkg"])], [t.sigkill])])])),
	"a file that is called like one": t.create(t.policy([t.kprobe("sys_openat", [t.when([t.match("Equal", "string", ["kubelet"])], [t.sigkill])])])),
	"all but its name": t.create(t.policy([t.with_args(t.kprobe("sys_mount", [t.when([t.match("NotEqual", "string", ["kubelet"])], [t.sigkill])]), [object.union(t.arg(-1, "string"), {"source": "current_task", "resolve": "comm"})])])),
	"all but the first process": t.create(t.policy([t.with_args(t.kprobe("sys_mount", [t.when([t.match("NotEqual", "int", ["1"])], [t.sigkill])]), [object.union(t.arg(-1, "int"), {"source": "current_task", "resolve": "tgid"})])])),
	"a program of one’s own that is not started": t.create(t.policy([t.kprobe("sys_execve", [t.when([t.match("Equal", "string", ["/usr/bin/nc"])], [t.sigkill])])])),
	"a package manager in a container": t.create(t.policy([t.kprobe("sys_execve", [object.union(t.namespaces("NotIn", ["host_ns"], [t.sigkill]), {"matchArgs": [t.match("Equal", "string", ["/usr/bin/dpkg"])]})])])),
	"a package manager in containers": t.create(object.union(t.policy([t.kprobe("sys_execve", [t.when([t.match("Equal", "string", ["/usr/bin/dpkg"])], [t.sigkill])])]), {"workloads": "containers"})),
	"a package manager in a namespace": t.create(t.namespaced("team-a", [t.kprobe("sys_execve", [t.when([t.match("Equal", "string", ["/usr/bin/dpkg"])], [t.sigkill])])])),
	"a package manager that a program starts": t.create(t.policy([t.kprobe("sys_execve", [object.union(t.binaries("In", ["/usr/bin/nc"], [t.sigkill]), {"matchArgs": [t.match("Equal", "string", ["/usr/bin/dpkg"])]})])])),
	"a filter on starts that is none": t.create(t.policy([t.kprobe("sys_execve", [t.when([t.match("Prefix", "string", ["/"])], [t.sigkill])])])),
	"a path that is opened": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("Equal", "file", ["/usr/bin/dpkg"])], [t.sigkill])])])),
	"all but one that is started": t.create(t.policy([t.kprobe("sys_execve", [t.when([t.match("NotEqual", "string", ["/usr/bin/dpkg"])], [t.sigkill])])])),
	"a name of one’s own": t.create(t.policy([t.with_args(t.kprobe("sys_mount", [t.when([t.match("Equal", "string", ["app"])], [t.sigkill])]), [object.union(t.arg(-1, "string"), {"source": "current_task", "resolve": "comm"})])])),
	"an ending of names": t.create(t.policy([t.with_args(t.kprobe("sys_mount", [t.when([t.match("Postfix", "string", ["-app"])], [t.sigkill])]), [object.union(t.arg(-1, "string"), {"source": "current_task", "resolve": "comm"})])])),
	"any ending": t.create(t.policy([t.with_args(t.kprobe("sys_mount", [t.when([t.match("Postfix", "string", [""])], [t.sigkill])]), [object.union(t.arg(-1, "string"), {"source": "current_task", "resolve": "comm"})])])),
	"a name that is none": t.create(t.policy([t.with_args(t.kprobe("sys_mount", [t.when([t.match("Equal", "string", ["kubelet"])], [t.sigkill])]), [object.union(t.arg(-1, "string"), {"source": "current_task", "resolve": "fs.root"})])])),
	"a beginning of names": t.create(t.policy([t.with_args(t.kprobe("sys_mount", [t.when([t.match("Prefix", "string", ["app-"])], [t.sigkill])]), [object.union(t.arg(-1, "string"), {"source": "current_task", "resolve": "comm"})])])),
	"any name": t.create(t.policy([t.with_args(t.kprobe("sys_mount", [t.when([t.match("Prefix", "string", [""])], [t.sigkill])]), [object.union(t.arg(-1, "string"), {"source": "current_task", "resolve": "comm"})])])),
	"a later number": t.create(t.policy([t.with_args(t.kprobe("sys_mount", [t.when([t.match("Equal", "int", ["4711"])], [t.sigkill])]), [object.union(t.arg(-1, "int"), {"source": "current_task", "resolve": "tgid"})])])),
	"numbers from three on": t.create(t.policy([t.with_args(t.kprobe("sys_mount", [t.when([t.match("InRange", "int", ["3:10"])], [t.sigkill])]), [object.union(t.arg(-1, "int"), {"source": "current_task", "resolve": "tgid"})])])),
	"another fact of the task": t.create(t.policy([t.with_args(t.kprobe("sys_mount", [t.when([t.match("Equal", "uint32", ["1"])], [t.sigkill])]), [object.union(t.arg(-1, "uint32"), {"source": "current_task", "resolve": "cred.uid.val"})])])),
	"a register": t.create(t.policy([t.with_args(t.kprobe("sys_mount", [t.when([t.match("Equal", "int", ["1"])], [t.sigkill])]), [object.union(t.arg(-1, "int"), {"source": "pt_regs", "resolve": "pid"})])])),
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
	"what a login starts": {"deny"},
	"one program of what the first process starts": {"deny"},
	"one program of every service": {"deny"},
	"one program of a login": {"warn"},
	"one value in a login": {"warn"},
	"a login in pods": {"warn"},
	"a login in pods of a selector": {"warn"},
	"a login by a filter that is none": {"deny"},
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

of_the_task(resolve, number) := t.create(t.policy([t.with_args(
	t.kprobe("sys_mount", [t.when([t.match("Equal", "int", [$"{number}"])], [t.sigkill])]),
	[object.union(t.arg(-1, "int"), {"source": "current_task", "resolve": resolve})],
)]))

first_of := {
	"pid": {0, 1, 2},
	"tgid": {0, 1, 2},
	"real_parent.pid": {1},
	"real_parent.tgid": {1},
	"parent.pid": {1},
	"parent.tgid": {1},
	"group_leader.pid": {0, 1, 2},
}

test_first_numbers[resolve] if {
	some resolve, first in first_of
	told := {number |
		some number in [0, 1, 2, 3]
		found := rule.findings with input as of_the_task(resolve, number)
		count(found) > 0
	}
	told == first
}
