package tracegate.guardrails.self_protection.own_files_test

import data.tracegate.guardrails.self_protection.own_files as rule
import data.tracegate.testing as t

deny := {
	"our socket": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("Prefix", "file", ["/run/tracegate"])], [t.override(-1)])])])),
	"a file of our state": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("Equal", "file", ["/var/lib/tracegate/audit.db"])], [t.sigkill])])])),
	"our pins": t.create(t.policy([t.kprobe("sys_unlinkat", [t.when([t.match("Prefix", "string", ["/sys/fs/bpf/tracegate/"])], [t.override(-1)])])])),
	"our agent by its ending": t.create(t.policy([t.kprobe("sys_mount", [t.binaries("Postfix", ["/tracegate"], [t.sigkill])])])),
	"all that lies beside us": t.create(t.policy([t.kprobe("sys_mount", [t.binaries("Prefix", ["/usr/bin/"], [t.sigkill])])])),
	"our agent": t.create(t.policy([t.kprobe("sys_mount", [t.binaries("In", ["/usr/bin/tracegate"], [t.sigkill])])])),
	"state in a checkout": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("Equal", "file", ["/srv/x/.tracegate/admin.token"])], [t.override(-1)])])])),
	"a wide prefix": t.create(t.policy([t.kprobe("security_path_unlink", [t.when([t.match("Prefix", "path", ["/var/lib/"])], [t.override(-1)])])])),
}

pass := {
	"a neighbour": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("Prefix", "file", ["/var/lib/tracegates/"])], [t.override(-1)])])])),
	"watching our state": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("Prefix", "file", ["/var/lib/tracegate/"])], [t.post])])])),
	"programs elsewhere": t.create(t.policy([t.kprobe("sys_mount", [t.binaries("Prefix", ["/tmp/"], [t.sigkill])])])),
	"everybody but what is named like us": t.create(t.policy([t.kprobe("sys_mount", [t.binaries("NotPostfix", ["/tracegate"], [t.override(-1)])])])),
	"everybody but us": t.create(t.policy([t.kprobe("sys_mount", [t.binaries("NotIn", ["/usr/bin/tracegate"], [t.override(-1)])])])),
}

test_denies[name] if {
	some name, submission in deny
	count(rule.findings) > 0 with input as submission
}

test_passes[name] if {
	some name, submission in pass
	count(rule.findings) == 0 with input as submission
}
