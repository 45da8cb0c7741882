package tracegate.guardrails.self_protection.program_hooks_test

import data.tracegate.guardrails.self_protection.program_hooks as rule
import data.tracegate.testing as t

probe(type, call, selectors) := object.union(t.kprobe(call, selectors), {"type": type, "path": "/spec/uprobes/0"})

deny := {
	"the kubelet": t.create(t.policy([probe("uprobe", "/usr/bin/kubelet:main.main", [t.binaries("In", ["/usr/bin/mine"], [t.sigkill])])])),
	"init in the other spelling": t.create(t.policy([probe("uprobe", "/lib/systemd/systemd:main", [t.when([t.match("Equal", "int", ["1"])], [t.sigkill])])])),
	"the C library": t.create(t.policy([probe("uprobe", "/lib/x86_64-linux-gnu/libc.so.6:system", [t.when(t.on_text, [t.sigkill])])])),
	"our own runtime": t.create(t.policy([probe("usdt", "/usr/lib/tracegate/lib/libnode.so:node/gc__start", [t.always([t.set])])])),
	"our own command": t.create(t.policy([probe("uprobe", "/usr/bin/tracegate:main", [t.always([t.sigkill])])])),
}

pass := {
	"watching the C library": t.create(t.policy([probe("uprobe", "/lib/x86_64-linux-gnu/libc.so.6:system", [t.when(t.on_text, [t.post])])])),
	"a program of one’s own": t.create(t.policy([probe("uprobe", "/opt/app/bin/app:handle", [t.when(t.on_text, [t.sigkill])])])),
	"a function of the kernel": t.create(t.policy([t.kprobe("security_file_open", [t.when(t.on_file, [t.sigkill])])])),
	"a function of that name": t.create(t.policy([t.kprobe("/usr/bin/kubelet:x", [t.when(t.on_text, [t.sigkill])])])),
}

test_denies[name] if {
	some name, submission in deny
	count(rule.findings) > 0 with input as submission
}

test_passes[name] if {
	some name, submission in pass
	count(rule.findings) == 0 with input as submission
}
