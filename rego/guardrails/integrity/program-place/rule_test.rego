package tracegate.guardrails.integrity.program_place_test

import data.tracegate.guardrails.integrity.program_place as rule
import data.tracegate.testing as t

probe(type, call, selectors) := object.union(t.kprobe(call, selectors), {"type": type, "path": "/spec/uprobes/0"})

deny := {
	"a directory for everybody": t.create(t.policy([probe("uprobe", "/tmp/app:main", [t.when(t.on_text, [t.sigkill])])])),
	"another process’s root": t.create(t.policy([probe("uprobe", "/proc/1/root/usr/bin/app:main", [t.always([t.post])])])),
	"a way round": t.create(t.policy([probe("usdt", "/opt/../usr/bin/app:app/start", [t.always([t.set])])])),
	"at the end": t.create(t.policy([probe("uprobe", "/opt/app/..:main", [t.always([t.post])])])),
	"a layer of a container": t.create(t.policy([probe("uprobe", "/var/lib/docker/overlay2/x/merged/bin/app:main", [t.always([t.post])])])),
	"a slash twice": t.create(t.policy([probe("uprobe", "/opt//app:main", [t.always([t.post])])])),
	"a dot": t.create(t.policy([probe("uprobe", "/opt/./app:main", [t.always([t.post])])])),
	"at home": t.create(t.policy([probe("uprobe", "/home/app:main", [t.always([t.post])])])),
	"killed at home": t.create(t.policy([probe("uprobe", "/home/app:main", [t.when(t.on_text, [t.sigkill])])])),
	"watched in tmp": t.create(t.policy([probe("uprobe", "/tmp/app:main", [t.always([t.post])])])),
}

pass := {
	"a program of the host": t.create(t.policy([probe("uprobe", "/usr/bin/bash:readline", [t.always([t.post])])])),
	"one of one’s own": t.create(t.policy([probe("usdt", "/opt/app/app:app/start", [t.when(t.on_text, [t.sigkill])])])),
	"a function of the kernel": t.create(t.policy([t.kprobe("tcp_connect", [t.always([t.post])])])),
	"a path in a tracepoint": t.create(t.policy([object.union(t.tracepoint("/tmp/x", [t.always([t.post])]), {})])),
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
	"at home": {"info"},
	"watched in tmp": {"deny"},
	"killed at home": {"deny"},
	"a directory for everybody": {"deny"},
}

test_severities[name] if {
	some name, expected in severities
	found := {object.get(finding, "severity", "deny") | some finding in rule.findings} with input as deny[name]
	found == expected
}

says := {
	"a way round": "is not in its plain form",
	"another process’s root": "is another file for each process",
	"watched in tmp": "lies where others can put files",
}

test_says[name] if {
	some name, part in says
	found := [finding.message | some finding in rule.findings] with input as deny[name]
	some message in found
	contains(message, part)
}
