package tracegate.guardrails.blast_radius.kill_by_exception_test

import data.tracegate.guardrails.blast_radius.kill_by_exception as rule
import data.tracegate.testing as t

deny := {
	"any pod": t.create(t.policy([t.kprobe("sys_mount", [t.workloads({"pods": []}, [t.sigkill])])])),
	"all pods but some": t.create(t.policy([t.kprobe("sys_mount", [t.workloads(t.pods("NotIn", ["web"]), [t.sigkill])])])),
	"changes of other namespaces": t.create(t.policy([t.kprobe("security_bprm_check", [t.moves("NotIn", ["Net"], [t.sigkill])])])),
	"what others started": t.create(t.policy([t.kprobe("security_bprm_check", [t.parents("NotIn", ["/usr/bin/nc"], [t.sigkill])])])),
	"binaries elsewhere": t.create(t.policy([t.kprobe("security_bprm_check", [t.binaries("NotPrefix", ["/usr/"], [t.sigkill])])])),
	"binaries not listed": t.create(t.policy([t.kprobe("security_bprm_check", [t.binaries("NotIn", ["/usr/bin/nginx"], [t.sigkill])])])),
	"all but the host": t.create(t.policy([t.kprobe("sys_mount", [t.namespaces("NotIn", ["host_ns"], [t.sigkill])])])),
	"all of the host": t.create(t.policy([t.kprobe("sys_mount", [t.namespaces("In", ["host_ns"], [t.sigkill])])])),
	"all that lack a capability": t.create(t.policy([t.kprobe("sys_mount", [t.capabilities("NotIn", ["CAP_SYS_ADMIN"], [t.sigkill])])])),
	"values not listed": t.create(t.policy([t.kprobe("sys_mount", [t.when([t.match("NotPrefix", "string", ["/data/"])], [t.sigkill])])])),
}

pass := {
	"an exception beside a filter": t.create(t.policy([t.kprobe("sys_mount", [object.union(t.binaries("NotIn", ["/usr/bin/mount"], [t.sigkill]), {"matchArgs": t.on_text})])])),
	"an address": t.create(t.policy([t.kprobe("sys_mount", [t.when([t.match("SAddr", "sock", ["10.0.0.1/32"])], [t.sigkill])])])),
	"one namespace": t.create(t.policy([t.kprobe("sys_mount", [t.namespaces("In", ["4026532000"], [t.sigkill])])])),
	"Override with an exception": t.create(t.policy([t.kprobe("sys_mount", [t.binaries("NotIn", ["/usr/bin/mount"], [t.override(-1)])])])),
}

test_denies[name] if {
	some name, submission in deny
	count(rule.findings) > 0 with input as submission
}

test_passes[name] if {
	some name, submission in pass
	count(rule.findings) == 0 with input as submission
}
