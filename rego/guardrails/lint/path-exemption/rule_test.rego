package tracegate.guardrails.lint.path_exemption_test

import data.tracegate.guardrails.lint.path_exemption as rule
import data.tracegate.testing as t

deny := {
	"one exempted program": t.create(t.policy([t.kprobe("security_file_open", [t.binaries("NotIn", ["/usr/bin/backup"], [t.override(-1)])])])),
	"all below a directory": t.create(t.policy([t.kprobe("security_file_open", [t.binaries("NotPrefix", ["/usr/lib/"], [t.override(-1)])])])),
	"containers by name, the host’s and theirs": t.create(t.policy([t.kprobe("security_file_open", [object.union(t.binaries("NotIn", ["/usr/bin/backup"], [t.override(-1)]), t.filter_of(t.namespaces("NotIn", ["host_ns"], []), "matchNamespaces"))])])),
}

pass := {
	"on the host": t.create(t.policy([t.kprobe("security_file_open", [object.union(t.binaries("NotIn", ["/usr/bin/backup"], [t.override(-1)]), t.filter_of(t.namespaces("In", ["host_ns"], []), "matchNamespaces"))])])),
	"a policy about the host": t.create(object.union(t.policy([t.kprobe("security_file_open", [t.binaries("NotIn", ["/usr/bin/backup"], [t.override(-1)])])]), {"workloads": "host"})),
	"programs that are meant": t.create(t.policy([t.kprobe("security_file_open", [t.binaries("In", ["/usr/bin/backup"], [t.override(-1)])])])),
	"watching": t.create(t.policy([t.kprobe("security_file_open", [t.binaries("NotIn", ["/usr/bin/backup"], [t.post])])])),
}

test_denies[name] if {
	some name, submission in deny
	count(rule.findings) > 0 with input as submission
}

test_passes[name] if {
	some name, submission in pass
	count(rule.findings) == 0 with input as submission
}
