package tracegate.guardrails.blast_radius.match_all_test

import data.tracegate.guardrails.blast_radius.match_all as rule
import data.tracegate.testing as t

deny := {
	"the root": t.create(t.policy([t.kprobe("sys_symlinkat", [t.when([t.match("Prefix", "string", ["/"])], [t.override(-1)])])])),
	"one of several": t.create(t.policy([t.kprobe("sys_symlinkat", [t.when([t.match("Prefix", "string", ["/data/", ""])], [t.override(-1)])])])),
	"any number": t.create(t.policy([t.kprobe("sys_mount", [t.when([t.match("GT", "int", ["-1"])], [t.sigkill])])])),
}

pass := {
	"a directory": t.create(t.policy([t.kprobe("sys_symlinkat", [t.when([t.match("Prefix", "string", ["/data/"])], [t.override(-1)])])])),
	"watching the root": t.create(t.policy([t.kprobe("sys_symlinkat", [t.when([t.match("Prefix", "string", ["/"])], [t.post])])])),
	"a negation": t.create(t.policy([t.kprobe("sys_ptrace", [t.when([object.union(t.match("NotDAddr", "sock", ["0.0.0.0/0"]), {"everything": true})], [t.override(-1)])])])),
}

test_denies[name] if {
	some name, submission in deny
	count(rule.findings) > 0 with input as submission
}

test_passes[name] if {
	some name, submission in pass
	count(rule.findings) == 0 with input as submission
}
