package tracegate.guardrails.performance.costly_post_test

import data.tracegate.guardrails.performance.costly_post as rule
import data.tracegate.testing as t

deny := {
	"the way into the kernel": t.create(t.policy([t.kprobe("vfs_read", [t.when(t.on_file, [object.union(t.post, {"kernelStackTrace": true})])])])),
	"the way through the program": t.create(t.policy([t.kprobe("vfs_read", [t.when(t.on_file, [object.union(t.post, {"userStackTrace": true})])])])),
	"digests of every file": t.create(t.policy([t.kprobe("security_file_permission", [t.when(t.on_file, [object.union(t.post, {"imaHash": true})])])])),
	"what was read": t.create(t.policy([t.with_args(t.kprobe("vfs_read", [t.when(t.on_file, [t.post])]), [object.union(t.arg(1, "char_buf"), {"returnCopy": true})])])),
	"long buffers": t.create(t.policy([t.with_args(t.kprobe("vfs_write", [t.when(t.on_file, [t.post])]), [object.union(t.arg(1, "char_buf"), {"maxData": true})])])),
}

pass := {
	"a rare function": t.create(t.policy([t.kprobe("commit_creds", [t.always([object.union(t.post, {"kernelStackTrace": true})])])])),
	"a plain event": t.create(t.policy([t.with_args(t.kprobe("vfs_read", [t.when(t.on_file, [t.post])]), [t.arg(0, "file")])])),
	"a buffer of a rare function": t.create(t.policy([t.with_args(t.kprobe("tty_audit_add_data", [t.always([t.post])]), [object.union(t.arg(1, "char_buf"), {"maxData": true})])])),
}

test_denies[name] if {
	some name, submission in deny
	count(rule.findings) > 0 with input as submission
}

test_passes[name] if {
	some name, submission in pass
	count(rule.findings) == 0 with input as submission
}
