package tracegate.guardrails.performance.hot_return_test

import data.tracegate.guardrails.performance.hot_return as rule
import data.tracegate.testing as t

returning(call, selector) := t.create(t.policy([object.union(t.kprobe(call, [selector]), {"return": true})]))

deny := {
	"a hot function": returning("vfs_write", t.always([t.post])),
	"all but some": returning("vfs_write", t.binaries("NotIn", ["/usr/bin/cat"], [t.post])),
}

pass := {
	"a rare function": returning("security_path_truncate", t.always([t.post])),
	"some files": returning("vfs_write", t.when(t.on_file, [t.post])),
	"no return": t.create(t.policy([t.kprobe("vfs_write", [t.always([t.post])])])),
}

test_denies[name] if {
	some name, submission in deny
	count(rule.findings) > 0 with input as submission
}

test_passes[name] if {
	some name, submission in pass
	count(rule.findings) == 0 with input as submission
}
