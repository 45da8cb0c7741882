package tracegate.guardrails.self_protection.other_monitors_test

import data.tracegate.guardrails.self_protection.other_monitors as rule
import data.tracegate.testing as t

deny := {
	"falco is not started": t.create(t.policy([t.kprobe("security_bprm_check_security", [t.when([t.match("Equal", "linux_binprm", ["/usr/bin/falco"])], [t.override(-1)])])])),
	"falco is not started by its ending": t.create(t.policy([t.kprobe("sys_execve", [t.when([t.match("Postfix", "string", ["bin/falco"])], [t.override(-1)])])])),
	"nothing of a vendor is started": t.create(t.policy([t.kprobe("sys_execveat", [t.when([t.match("Prefix", "string", ["/opt/CrowdStrike/"])], [t.override(-1)])])])),
	"falco is not started by the tracepoint": t.create(t.policy([object.union(t.tracepoint("syscalls/sys_enter_execve", [t.when([t.match("Equal", "string", ["/usr/bin/falco"])], [t.sigkill])]), {"also": "sys_execve"})])),
	"falco by its ending": t.create(t.policy([t.kprobe("sys_openat", [t.binaries("Postfix", ["/falco"], [t.sigkill])])])),
	"a monitor by the spelling that the list does not have": t.create(t.policy([t.kprobe("sys_openat", [t.binaries("In", ["/usr/sbin/audisp-syslog"], [t.sigkill])])])),
	"all of a vendor": t.create(t.policy([t.kprobe("sys_openat", [t.binaries("Prefix", ["/opt/datadog-agent/"], [t.sigkill])])])),
	"killing falco": t.create(t.policy([t.kprobe("sys_openat", [t.binaries("In", ["/usr/bin/falco"], [t.sigkill])])])),
}

pass := {
	"a text that is no path": t.create(t.policy([t.kprobe("sys_execve", [t.when([t.match("Equal", "int", ["/usr/bin/falco"])], [t.override(-1)])])])),
	"falco is not written": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("Equal", "file", ["/usr/bin/falco"])], [t.override(-1)])])])),
	"something else is not started": t.create(t.policy([t.kprobe("sys_execve", [t.when([t.match("Equal", "string", ["/usr/bin/nc"])], [t.override(-1)])])])),
	"all but falco is started": t.create(t.policy([t.kprobe("sys_execve", [t.when([t.match("NotEqual", "string", ["/usr/bin/falco"])], [t.override(-1)])])])),
	"a filter on starts that is none": t.create(t.policy([t.kprobe("sys_execve", [t.when([t.match("Prefix", "string", ["/"])], [t.override(-1)])])])),
	"a beginning and an ending of others": t.create(t.policy([t.kprobe("sys_execve", [t.when([t.match("Prefix", "string", ["/srv/"]), t.match("Postfix", "string", ["/nc"])], [t.override(-1)])])])),
	"sparing falco": t.create(t.policy([t.kprobe("sys_mount", [t.binaries("NotIn", ["/usr/bin/falco"], [t.override(-1)])])])),
	"watching falco": t.create(t.policy([t.kprobe("sys_openat", [t.binaries("In", ["/usr/bin/falco"], [t.post])])])),
}

test_denies[name] if {
	some name, submission in deny
	count(rule.findings) > 0 with input as submission
}

says := {
	"all of a vendor": "is aimed at the monitor /opt/datadog-agent/bin/agent/agent, /opt/datadog-agent/embedded/bin/process-agent, /opt/datadog-agent/embedded/bin/security-agent",
	"killing falco": "Sigkill on sys_openat is aimed at the monitor /usr/bin/falco",
	"nothing of a vendor is started": "is aimed at the start of the monitor /opt/CrowdStrike/falcon-sensor, /opt/CrowdStrike/falcon-sensor-bpf",
}

test_says[name] if {
	some name, part in says
	found := [finding.message | some finding in rule.findings] with input as deny[name]
	count(found) == 1
	endswith(found[0], part)
}

test_passes[name] if {
	some name, submission in pass
	count(rule.findings) == 0 with input as submission
}
