package tracegate.guardrails.confidentiality.credential_code_test

import data.tracegate.guardrails.confidentiality.credential_code as rule
import data.tracegate.testing as t

probe(type, call, selectors) := object.union(t.kprobe(call, selectors), {"type": type, "path": "/spec/uprobes/0"})

deny := {
	"what TLS encrypts": t.create(t.policy([t.with_args(probe("uprobe", "/usr/lib/x86_64-linux-gnu/libssl.so.3:SSL_write", [t.always([t.post])]), [t.arg(1, "char_buf")])])),
	"passwords": t.create(t.policy([t.with_args(probe("uprobe", "/lib/x86_64-linux-gnu/libpam.so.0:pam_set_item", [t.always([t.post])]), [t.arg(2, "string")])])),
	"a password that is returned": t.create(t.policy([object.union(
		probe("uprobe", "/usr/bin/sudo:read_answer", [t.always([t.post])]),
		{"returnArg": t.arg(0, "string")},
	)])),
	"pieces of what is encrypted": t.create(t.policy([t.with_args(probe("uprobe", "/opt/lib/libssl.so.3:SSL_writev", [t.always([t.post])]), [t.arg(1, "char_iovec")])])),
	"a login program": t.create(t.policy([t.with_args(probe("uprobe", "/usr/bin/sudo:verify", [t.always([t.post])]), [t.arg(1, "string")])])),
	"whatever program encrypts": t.create(t.policy([t.with_args(probe("uprobe", "/opt/app/server:ssl_read_internal", [t.always([t.post])]), [t.arg(1, "char_buf")])])),
	"a marker": t.create(t.policy([t.with_args(probe("usdt", "/usr/sbin/sshd:sshd/auth", [t.always([t.post])]), [t.arg(1, "string")])])),
	"a register": t.create(t.policy([t.with_args(probe("uprobe", "/usr/bin/sudo:verify", [t.always([t.post])]), [object.union(t.arg(-1, "string"), {"source": "pt_regs", "resolve": "rsi"})])])),
}

pass := {
	"only that it is called": t.create(t.policy([probe("uprobe", "/usr/lib/x86_64-linux-gnu/libssl.so.3:SSL_write", [t.always([t.post])])])),
	"how many bytes": t.create(t.policy([t.with_args(probe("uprobe", "/usr/lib/x86_64-linux-gnu/libssl.so.3:SSL_write", [t.always([t.post])]), [t.arg(2, "int")])])),
	"who calls": t.create(t.policy([t.with_args(probe("uprobe", "/usr/lib/x86_64-linux-gnu/libssl.so.3:SSL_write", [t.always([t.post])]), [object.union(t.arg(-1, "string"), {"source": "current_task", "resolve": "comm"})])])),
	"another program": t.create(t.policy([t.with_args(probe("uprobe", "/opt/app/app:handle", [t.always([t.post])]), [t.arg(0, "string")])])),
	"a function of the kernel": t.create(t.policy([t.with_args(t.kprobe("sshd_like", [t.always([t.post])]), [t.arg(0, "string")])])),
}

test_denies[name] if {
	some name, submission in deny
	count(rule.findings) > 0 with input as submission
}

test_passes[name] if {
	some name, submission in pass
	count(rule.findings) == 0 with input as submission
}
