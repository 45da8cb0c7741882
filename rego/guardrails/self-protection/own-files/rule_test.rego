package tracegate.guardrails.self_protection.own_files_test

import data.tracegate.guardrails.self_protection.own_files as rule
import data.tracegate.testing as t

deny := {
	"our state by most of its letters": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("Prefix", "file", ["/var/lib/tracegat"])], [t.override(-1)])])])),
	"our name by its last letters": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("Postfix", "file", ["racegate"])], [t.override(-1)])])])),
	"the socket by its last letters": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("Postfix", "file", ["ent.sock"])], [t.override(-1)])])])),
	"an ending that is longer than ours": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("Postfix", "file", ["/srv/x-tracegate"])], [t.override(-1)])])])),
	"a socket’s ending that is longer than ours": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("Postfix", "file", ["/opt/gate.sock"])], [t.override(-1)])])])),
	"the agent’s socket by an ending that is longer": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("Postfix", "file", ["/opt/agent.sock"])], [t.override(-1)])])])),
	"our agent by its last letters": t.create(t.policy([t.kprobe("sys_mount", [t.binaries("Postfix", ["racegate"], [t.sigkill])])])),
	"the way out": t.create(t.policy([t.kprobe("security_bprm_check_security", [t.when([t.match("Equal", "linux_binprm", ["/usr/sbin/tracegate-off"])], [t.override(-1)])])])),
	"the way out by its short name": t.create(t.policy([t.kprobe("sys_execve", [t.when([t.match("Equal", "string", ["/sbin/tracegate-off"])], [t.override(-1)])])])),
	"the way out by its ending": t.create(t.policy([t.kprobe("security_bprm_check_security", [t.when([t.match("Postfix", "linux_binprm", ["tracegate-off"])], [t.override(-1)])])])),
	"our socket": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("Prefix", "file", ["/run/tracegate"])], [t.override(-1)])])])),
	"a file of our state": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("Equal", "file", ["/var/lib/tracegate/audit.db"])], [t.sigkill])])])),
	"our pins": t.create(t.policy([t.kprobe("sys_unlinkat", [t.when([t.match("Prefix", "string", ["/sys/fs/bpf/tracegate/"])], [t.override(-1)])])])),
	"our agent by its ending": t.create(t.policy([t.kprobe("sys_mount", [t.binaries("Postfix", ["/tracegate"], [t.sigkill])])])),
	"all that lies beside us": t.create(t.policy([t.kprobe("sys_mount", [t.binaries("Prefix", ["/usr/bin/"], [t.sigkill])])])),
	"our agent": t.create(t.policy([t.kprobe("sys_mount", [t.binaries("In", ["/usr/bin/tracegate"], [t.sigkill])])])),
	"state in a checkout": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("Equal", "file", ["/srv/x/.tracegate/admin.token"])], [t.override(-1)])])])),
	"a wide prefix of one program": t.create(t.policy([t.kprobe("security_path_unlink", [object.union(t.when([t.match("Prefix", "path", ["/var/lib/"])], [t.override(-1)]), {"matchBinaries": [t.program("In", "/usr/bin/curl")]})])])),
	"a wide prefix in a namespace": t.create(t.namespaced("team-a", [t.kprobe("security_path_unlink", [t.when([t.match("Prefix", "path", ["/var/lib/"])], [t.override(-1)])])])),
	"a wide prefix in containers": t.create(object.union(t.policy([t.kprobe("security_path_unlink", [t.when([t.match("Prefix", "path", ["/var/lib/"])], [t.override(-1)])])]), {"workloads": "containers"})),
	"a wide prefix": t.create(t.policy([t.kprobe("security_path_unlink", [t.when([t.match("Prefix", "path", ["/var/lib/"])], [t.override(-1)])])])),
	"what our agent starts": t.create(t.policy([t.kprobe("sys_mount", [t.parents("In", ["/usr/bin/tracegate"], [t.sigkill])])])),
	"what starts beside us": t.create(t.policy([t.kprobe("sys_mount", [t.parents("Prefix", ["/usr/bin/"], [t.sigkill])])])),
	"our name as an ending": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("Postfix", "file", ["/tracegate"])], [t.override(-1)])])])),
	"our socket as an ending": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("Postfix", "file", ["gate.sock"])], [t.override(-1)])])])),
	"the agent’s socket as an ending": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("Postfix", "file", ["/agent.sock"])], [t.override(-1)])])])),
	"part of our name": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("SubString", "file", ["trace"])], [t.override(-1)])])])),
	"part of our name in any letters": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("SubStringIgnCase", "file", ["RACEG"])], [t.override(-1)])])])),
	"part of our socket": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("SubString", "file", ["e/gate.s"])], [t.override(-1)])])])),
	"part of the agent’s socket": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("SubString", "file", ["/agent.s"])], [t.override(-1)])])])),
	"a guard of the platform": t.create(t.named("guard-own", t.policy([t.kprobe("security_file_open", [t.when([t.match("Prefix", "file", ["/run/tracegate"])], [t.override(-1)])])]))),
	"a guard of a tenant": t.by(t.tenant, t.create(t.named("guard-own", t.policy([t.kprobe("security_file_open", [t.when([t.match("Prefix", "file", ["/run/tracegate"])], [t.override(-1)])])])))),
	"our path itself": t.create(t.policy([t.kprobe("security_path_unlink", [t.when([t.match("Equal", "path", ["/run/tracegate"])], [t.override(-1)])])])),
	"our state by most of its letters, of one program": t.create(t.policy([t.kprobe("security_path_unlink", [object.union(t.when([t.match("Prefix", "path", ["/var/lib/tracegat"])], [t.override(-1)]), {"matchBinaries": [t.program("In", "/usr/bin/curl")]})])])),
	"what lies beside one of our programs": t.create(t.policy([t.kprobe("sys_mount", [t.binaries("Prefix", ["/usr/libexec/"], [t.sigkill])])])),
	"our runtime by its last letters": t.create(t.policy([t.kprobe("sys_mount", [t.binaries("Postfix", ["gate/node"], [t.sigkill])])])),
}

pass := {
	"a neighbour": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("Prefix", "file", ["/var/lib/tracegates/"])], [t.override(-1)])])])),
	"watching our state": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("Prefix", "file", ["/var/lib/tracegate/"])], [t.post])])])),
	"programs elsewhere": t.create(t.policy([t.kprobe("sys_mount", [t.binaries("Prefix", ["/tmp/"], [t.sigkill])])])),
	"everybody but what is named like us": t.create(t.policy([t.kprobe("sys_mount", [t.binaries("NotPostfix", ["/tracegate"], [t.override(-1)])])])),
	"everybody but us": t.create(t.policy([t.kprobe("sys_mount", [t.binaries("NotIn", ["/usr/bin/tracegate"], [t.override(-1)])])])),
	"four letters": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("SubString", "file", ["race"])], [t.override(-1)])])])),
	"a number": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("Equal", "int", ["/run/tracegate/x"])], [t.override(-1)])])])),
	"a number’s beginning": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("Prefix", "int", ["/var/lib"])], [t.override(-1)])])])),
	"all but ours": t.create(t.policy([t.kprobe("security_path_unlink", [t.when([t.match("NotPrefix", "path", ["/run/tracegate/"])], [t.override(-1)])])])),
	"another ending": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("Postfix", "file", [".sock"])], [t.override(-1)])])])),
	"an ending with letters of ours": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("Postfix", "file", ["/xracegate"])], [t.override(-1)])])])),
	"a part that is none of ours": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("SubString", "file", ["passwd"])], [t.override(-1)])])])),
	"a short ending": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("Postfix", "file", [".node"])], [t.override(-1)])])])),
	"another value with that ending": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("Postfix", "file", ["/floodgate"])], [t.override(-1)])])])),
	"exactly what is above us": t.create(t.policy([t.kprobe("security_path_unlink", [t.when([t.match("Equal", "path", ["/var/lib"])], [t.override(-1)])])])),
	"a directory beside our state": t.create(t.policy([t.kprobe("security_path_unlink", [t.when([t.match("Prefix", "path", ["/var/lib/docker/"])], [t.override(-1)])])])),
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
	"our socket": {"deny"},
	"a wide prefix": {"deny"},
	"a wide prefix of one program": {"warn"},
	"a wide prefix in a namespace": {"warn"},
	"a wide prefix in containers": {"warn"},
	"our agent": {"deny"},
	"our agent by its last letters": {"deny"},
	"our state by most of its letters": {"deny"},
	"all that lies beside us": {"warn"},
	"our agent by its ending": {"deny"},
	"what our agent starts": {"deny"},
	"what starts beside us": {"warn"},
	"a guard of the platform": {"warn"},
	"a guard of a tenant": {"deny"},
	"our name as an ending": {"deny"},
	"part of our name": {"deny"},
	"our path itself": {"deny"},
	"our state by most of its letters, of one program": {"deny"},
	"our runtime by its last letters": {"deny"},
}

test_severities[name] if {
	some name, expected in severities
	found := {object.get(finding, "severity", "deny") | some finding in rule.findings} with input as deny[name]
	found == expected
}

test_names_the_first_three_of_ours_below_a_prefix if {
	everything_mounted := t.create(t.policy([t.kprobe("security_path_unlink", [t.when([t.match("Prefix", "path", ["/sys/fs/"])], [t.override(-1)])])]))
	{finding.message | some finding in rule.findings} == {concat(", ", [
		"Override on security_path_unlink with the prefix /sys/fs/ includes Tracegate's own /sys/fs/bpf/tracegate",
		"/sys/fs/cgroup/system.slice/tracegate-agent.service",
		"/sys/fs/cgroup/system.slice/tracegate-gate.service",
	])} with input as everything_mounted
}

test_the_agent_is_ours_by_whichever_name_the_organisation_gave_it if {
	renamed := t.create(t.policy([t.kprobe("sys_mount", [t.binaries("In", ["/opt/guard"], [t.sigkill])])]))
	{finding.severity | some finding in rule.findings} == {"deny"} with input as renamed with data.organisation.paths.ownPrograms.names as {"/opt/guard": true}
}
