package tracegate.guardrails.performance.hot_function_test

import data.tracegate.guardrails.performance.hot_function as rule
import data.tracegate.testing as t

probe(type, call, selectors) := object.union(t.kprobe(call, selectors), {"type": type, "path": "/spec/uprobes/0"})

deny := {
	"allocations elsewhere": t.create(t.policy([probe("uprobe", "/usr/lib/libjemalloc.so.2:malloc", [t.always([t.post])])])),
	"allocations": t.create(t.policy([probe("uprobe", "/lib/x86_64-linux-gnu/libc.so.6:malloc", [t.always([t.post])])])),
	"copies in the other spelling": t.create(t.policy([probe("uprobe", "/usr/lib64/libc.so.6:memcpy", [t.always([t.post])])])),
}

pass := {
	"a rare function": t.create(t.policy([probe("uprobe", "/lib/x86_64-linux-gnu/libc.so.6:getaddrinfo", [t.always([t.post])])])),
	"a program’s own function of that name": t.create(t.policy([probe("uprobe", "/opt/app/app:malloc", [t.always([t.post])])])),
	"a marker": t.create(t.policy([probe("usdt", "/lib/x86_64-linux-gnu/libc.so.6:malloc", [t.always([t.post])])])),
}

test_denies[name] if {
	some name, submission in deny
	count(rule.findings) > 0 with input as submission
}

test_passes[name] if {
	some name, submission in pass
	count(rule.findings) == 0 with input as submission
}
