package tracegate.guardrails.performance.hot_return_test

import data.tracegate.guardrails.performance.hot_return as rule
import data.tracegate.testing as t

returning(call) := t.create(t.policy([object.union(t.kprobe(call, [t.when(t.on_file, [t.post])]), {"return": true})]))

deny := {"a hot function": returning("vfs_write")}

pass := {"a rare function": returning("security_path_truncate")}

test_denies[name] if {
	some name, submission in deny
	count(rule.findings) > 0 with input as submission
}

test_passes[name] if {
	some name, submission in pass
	count(rule.findings) == 0 with input as submission
}
