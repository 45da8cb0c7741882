package tracegate.guardrails.confidentiality.kernel_secrets_test

import data.tracegate.guardrails.confidentiality.kernel_secrets as rule
import data.tracegate.testing as t

deny := {
	"a packet": t.create(t.policy([t.with_args(t.kprobe("ip_output", [t.always([t.post])]), [object.union(t.arg(2, "string"), {"resolve": "data"})])])),
	"a part of a message": t.create(t.policy([t.with_args(t.kprobe("tcp_connect", [t.always([t.post])]), [object.union(t.arg(1, "char_buf"), {"resolve": "msg_iter.iov_base[0]"})])])),
	"an environment": t.create(t.policy([t.with_args(t.kprobe("commit_creds", [t.always([t.post])]), [object.union(t.arg(-1, "string"), {"source": "current_task", "resolve": "mm.env_start"})])])),
	"a keyring": t.create(t.policy([t.with_args(t.kprobe("commit_creds", [t.always([t.post])]), [object.union(t.arg(-1, "uint32"), {"source": "current_task", "resolve": "cred.session_keyring.serial"})])])),
	"the canary": t.create(t.policy([t.with_args(t.kprobe("commit_creds", [t.always([t.post])]), [object.union(t.arg(-1, "uint32"), {"source": "current_task", "resolve": "stack_canary"})])])),
	"one of several": t.create(t.policy([t.with_args(t.kprobe("commit_creds", [t.always([t.post])]), [object.union(t.arg(0, "uint32"), {"resolve": "x.thread_keyring[0].serial"})])])),
	"a key": t.create(t.policy([t.with_args(t.kprobe("commit_creds", [t.always([t.post])]), [object.union(t.arg(0, "uint32"), {"resolve": "serial", "btfType": "key"})])])),
}

pass := {
	"how long a packet is": t.create(t.policy([t.with_args(t.kprobe("ip_output", [t.always([t.post])]), [object.union(t.arg(2, "uint32"), {"resolve": "data_len"})])])),
	"a number there": t.create(t.policy([t.with_args(t.kprobe("ip_output", [t.always([t.post])]), [object.union(t.arg(2, "uint32"), {"resolve": "cb.data"})])])),
	"something behind it": t.create(t.policy([t.with_args(t.kprobe("ip_output", [t.always([t.post])]), [object.union(t.arg(2, "string"), {"resolve": "head.name"})])])),
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
