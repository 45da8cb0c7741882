package tracegate.guardrails.confidentiality.kernel_secrets_test

import data.tracegate.guardrails.confidentiality.kernel_secrets as rule
import data.tracegate.testing as t

deny := {
	"a keyring": t.create(t.policy([t.with_args(t.kprobe("commit_creds", [t.always([t.post])]), [object.union(t.arg(-1, "uint32"), {"source": "current_task", "resolve": "cred.session_keyring.serial"})])])),
	"the canary": t.create(t.policy([t.with_args(t.kprobe("commit_creds", [t.always([t.post])]), [object.union(t.arg(-1, "uint32"), {"source": "current_task", "resolve": "stack_canary"})])])),
	"one of several": t.create(t.policy([t.with_args(t.kprobe("commit_creds", [t.always([t.post])]), [object.union(t.arg(0, "uint32"), {"resolve": "x.thread_keyring[0].serial"})])])),
	"a key": t.create(t.policy([t.with_args(t.kprobe("commit_creds", [t.always([t.post])]), [object.union(t.arg(0, "uint32"), {"resolve": "serial", "btfType": "key"})])])),
}

pass := {
	"a user": t.create(t.policy([t.with_args(t.kprobe("commit_creds", [t.always([t.post])]), [object.union(t.arg(-1, "uint32"), {"source": "current_task", "resolve": "cred.uid.val"})])])),
	"another structure": t.create(t.policy([t.with_args(t.kprobe("commit_creds", [t.always([t.post])]), [object.union(t.arg(0, "uint32"), {"resolve": "uid.val", "btfType": "cred"})])])),
}

test_denies[name] if {
	some name, submission in deny
	count(rule.findings) > 0 with input as submission
}

test_passes[name] if {
	some name, submission in pass
	count(rule.findings) == 0 with input as submission
}
