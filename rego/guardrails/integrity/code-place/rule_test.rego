package tracegate.guardrails.integrity.code_place_test

import data.tracegate.guardrails.integrity.code_place as rule
import data.tracegate.testing as t

probe(type, call, selectors) := object.union(t.kprobe(call, selectors), {"type": type, "path": "/spec/uprobes/0"})

deny := {
	"an offset": t.create(t.policy([probe("uprobe", "/usr/bin/app:0x1149", [t.always([t.post])])])),
	"an address": t.create(t.policy([probe("uprobe", "/usr/bin/app:@0x401149", [t.always([t.post])])])),
}

pass := {
	"a function": t.create(t.policy([probe("uprobe", "/usr/bin/app:main+0x10", [t.always([t.post])])])),
	"a marker": t.create(t.policy([probe("usdt", "/usr/bin/app:@0x1/x", [t.always([t.post])])])),
}

test_denies[name] if {
	some name, submission in deny
	count(rule.findings) > 0 with input as submission
}

test_passes[name] if {
	some name, submission in pass
	count(rule.findings) == 0 with input as submission
}
