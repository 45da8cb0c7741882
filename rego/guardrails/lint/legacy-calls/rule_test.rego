package tracegate.guardrails.lint.legacy_calls_test

import data.tracegate.guardrails.lint.legacy_calls as rule
import data.tracegate.testing as t

planned(guarantee, mechanism, hooks) := object.union(
	t.create(t.policy(hooks)),
	{"planned": [object.union(t.planned(guarantee, false), {"mechanism": mechanism})]},
)

deny := {
	"the 64-bit one alone": t.create(t.policy([t.kprobe("sys_ptrace", [t.when(t.on_text, [t.override(-1)])])])),
	"another’s 32-bit one": t.create(t.policy([t.kprobe("sys_ptrace", [t.when(t.on_text, [t.override(-1)])]), object.union(t.kprobe("sys_mount", [t.when(t.on_text, [t.override(-1)])]), {"abi": "i386"})])),
	"one of two entries": t.create(t.policy([
		t.kprobe("sys_ptrace", [t.when(t.on_text, [t.override(-1)])]),
		object.union(t.kprobe("sys_ptrace", [t.when(t.on_text, [t.override(-1)])]), {"abi": "i386"}),
		object.union(t.kprobe("sys_mount", [t.when(t.on_text, [t.override(-1)])]), {"path": "/spec/kprobes/1"}),
	])),
}

counts := {"one of two entries": 1}

test_counts[name] if {
	some name, number in counts
	count(rule.findings) == number with input as deny[name]
}

pass := {
	"both": t.create(t.policy([t.kprobe("sys_ptrace", [t.when(t.on_text, [t.override(-1)])]), object.union(t.kprobe("sys_ptrace", [t.when(t.on_text, [t.override(-1)])]), {"abi": "i386"})])),
	"where they meet": planned("denied-before-effect", "lsm/security_path_symlink", [t.kprobe("sys_symlinkat", [t.when(t.on_text, [t.override(-1)])])]),
	"the 32-bit one alone": t.create(t.policy([object.union(t.kprobe("sys_ptrace", [t.when(t.on_text, [t.override(-1)])]), {"abi": "i386"})])),
	"a check of the kernel": t.create(t.policy([t.kprobe("security_ptrace_access_check", [t.when(t.on_text, [t.override(-1)])])])),
}

test_denies[name] if {
	some name, submission in deny
	count(rule.findings) > 0 with input as submission
}

test_passes[name] if {
	some name, submission in pass
	count(rule.findings) == 0 with input as submission
}
