package tracegate.guardrails.lint.sibling_calls_test

import data.tracegate.guardrails.lint.sibling_calls as rule
import data.tracegate.testing as t

planned(guarantee, mechanism, hooks) := object.union(
	t.create(t.policy(hooks)),
	{"planned": [object.union(t.planned(guarantee, false), {"mechanism": mechanism})]},
)

deny := {
	"one of two": t.create(t.policy([t.kprobe("sys_symlinkat", [t.when(t.on_text, [t.override(-1)])])])),
	"where a host decides at the entrance": planned("denied-before-effect", "fmod_ret/__x64_sys_symlinkat", [t.kprobe("sys_symlinkat", [t.when(t.on_text, [t.override(-1)])])]),
	"where a host is late": planned("killed-after-effect", "lsm/security_path_symlink", [t.kprobe("sys_symlinkat", [t.when(t.on_text, [t.sigkill])])]),
	"neither of two more": t.create(t.policy([t.kprobe("sys_rename", [t.when(t.on_text, [t.override(-1)])])])),
	"one of three": t.create(t.policy([t.kprobe("sys_rename", [t.when(t.on_text, [t.override(-1)])]), t.kprobe("sys_renameat", [t.when(t.on_text, [t.override(-1)])])])),
}

pass := {
	"both": t.create(t.policy([t.kprobe("sys_symlink", [t.when(t.on_text, [t.override(-1)])]), t.kprobe("sys_symlinkat", [t.when(t.on_text, [t.override(-1)])])])),
	"where they meet": planned("denied-before-effect", "fentry/do_symlinkat + lsm/security_path_symlink", [t.kprobe("sys_symlinkat", [t.when(t.on_text, [t.override(-1)])])]),
	"a call without siblings": t.create(t.policy([t.kprobe("sys_ptrace", [t.when(t.on_text, [t.override(-1)])])])),
	"the check behind them": t.create(t.policy([t.kprobe("security_path_symlink", [t.when(t.on_file, [t.override(-1)])])])),
	"watching": t.create(t.policy([t.kprobe("sys_symlinkat", [t.when(t.on_text, [t.post])])])),
}

test_denies[name] if {
	some name, submission in deny
	count(rule.findings) > 0 with input as submission
}

test_passes[name] if {
	some name, submission in pass
	count(rule.findings) == 0 with input as submission
}

says := {
	"one of two": "sys_symlink the same way in is not",
	"one of three": "sys_renameat2 the same way in is not",
	"neither of two more": "sys_renameat, sys_renameat2 the same way in are not",
}

test_says[name] if {
	some name, part in says
	found := [finding.message | some finding in rule.findings] with input as deny[name]
	some message in found
	contains(message, part)
}
