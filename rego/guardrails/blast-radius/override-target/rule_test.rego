package tracegate.guardrails.blast_radius.override_target_test

import data.tracegate.guardrails.blast_radius.override_target as rule
import data.tracegate.testing as t

deny := {
	"a function": t.create(t.policy([t.kprobe("vfs_read", [t.when(t.on_text, [t.override(-1)])])])),
	"a check without a result": t.create(t.policy([t.kprobe("security_bprm_committed_creds", [t.when(t.on_text, [t.override(-1)])])])),
}

pass := {
	"a system call": t.create(t.policy([t.kprobe("sys_symlinkat", [t.when(t.on_text, [t.override(-1)])])])),
	"a check": t.create(t.policy([t.kprobe("security_path_symlink", [t.when(t.on_text, [t.override(-1)])])])),
}

test_denies[name] if {
	some name, submission in deny
	count(rule.findings) > 0 with input as submission
}

test_passes[name] if {
	some name, submission in pass
	count(rule.findings) == 0 with input as submission
}
