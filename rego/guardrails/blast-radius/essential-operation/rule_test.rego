package tracegate.guardrails.blast_radius.essential_operation_test

import data.tracegate.guardrails.blast_radius.essential_operation as rule
import data.tracegate.testing as t

deny := {
	"no filter": t.create(t.policy([t.kprobe("sys_openat", [t.always([t.override(-1)])])])),
	"only an exception": t.create(t.policy([t.kprobe("sys_execve", [t.binaries("NotIn", ["/usr/bin/nginx"], [t.override(-1)])])])),
	"a wide prefix": t.create(t.policy([t.kprobe("sys_execve", [t.when([t.match("Prefix", "string", ["/usr"])], [t.sigkill])])])),
	"the other spelling of it": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("Prefix", "file", ["/lib/"])], [t.override(-1)])])])),
	"an essential file": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("Equal", "file", ["/etc/ld.so.cache"])], [t.override(-1)])])])),
	"every address": t.create(t.policy([t.kprobe("sys_write", [t.when([t.match("DAddr", "sock", ["::/0"])], [t.sigkill])])])),
	"the whole host": t.create(t.policy([t.kprobe("sys_openat", [t.namespaces("In", ["host_ns"], [t.override(-1)])])])),
	"every descriptor above": t.create(t.policy([t.kprobe("sys_write", [t.when([t.match("GT", "int", ["2"])], [t.sigkill])])])),
}

pass := {
	"one directory of its own": t.create(t.policy([t.kprobe("security_file_permission", [t.when([t.match("Prefix", "file", ["/data/"])], [t.override(-1)])])])),
	"a secret file": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("Equal", "file", ["/etc/shadow"])], [t.override(-1)])])])),
	"named programs": t.create(t.policy([t.kprobe("sys_execve", [t.binaries("In", ["/usr/bin/nc"], [t.sigkill])])])),
	"one address": t.create(t.policy([t.kprobe("sys_write", [t.when([t.match("DAddr", "sock", ["10.0.0.1/32"])], [t.override(-1)])])])),
	"one namespace": t.create(t.policy([t.kprobe("sys_openat", [t.namespaces("In", ["4026532000"], [t.override(-1)])])])),
	"another operation": t.create(t.policy([t.kprobe("sys_symlinkat", [t.when([t.match("Equal", "string", ["/etc/passwd"])], [t.override(-1)])])])),
}

test_denies[name] if {
	some name, submission in deny
	count(rule.findings) > 0 with input as submission
}

test_passes[name] if {
	some name, submission in pass
	count(rule.findings) == 0 with input as submission
}
