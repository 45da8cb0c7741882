package tracegate.guardrails.confidentiality.key_material_test

import data.tracegate.guardrails.confidentiality.key_material as rule
import data.tracegate.testing as t

capturing(call, type) := t.create(t.policy([t.with_args(t.kprobe(call, [t.always([t.post])]), [t.arg(1, type)])]))

resolving(path, more) := t.create(t.policy([t.with_args(
	t.kprobe("security_file_open", [t.always([t.post])]),
	[object.union(object.union(t.arg(0, "uint64"), {"resolve": path}), more)],
)]))

deny := {
	"the options of a mount": t.create(t.policy([t.with_args(t.kprobe("sys_mount", [t.always([t.post])]), [t.arg(4, "string")])])),
	"the options of a mount by its tracepoint": t.create(t.policy([t.with_args(object.union(t.tracepoint("syscalls/sys_enter_mount", [t.always([t.post])]), {"also": "sys_mount"}), [t.arg(9, "string")])])),
	"the value of a socket’s option": t.create(t.policy([t.with_args(t.kprobe("sys_setsockopt", [t.always([t.post])]), [t.arg(3, "char_buf")])])),
	"the value of a socket’s option as bytes": t.create(t.policy([t.with_args(t.kprobe("sys_setsockopt", [t.always([t.post])]), [t.arg(3, "const_buf")])])),
	"the options of a mount by its body in the kernel": t.create(t.policy([t.with_args(object.union(t.kprobe("__x64_mount_body", [t.always([t.post])]), {"also": "sys_mount"}), [t.arg(4, "string")])])),
	"a key by its type alone": t.create(t.policy([t.with_args(t.kprobe("x", [t.always([t.post])]), [object.union(t.arg(0, "uint64"), {"btfType": "user_key_payload"})])])),
	"pieces of a key": capturing("sys_keyctl", "char_iovec"),
	"text behind a record of keys": capturing("sys_add_key", "data_loc"),
	"what only the host tells the type of": capturing("sys_add_key", "auto"),
	"a key's description": capturing("sys_add_key", "string"),
	"what a key of the task holds": resolving("cred.session_keyring.payload.data[0]", {"source": "current_task"}),
	"what a key holds by its type": resolving("data", {"btfType": "user_key_payload"}),
	"what a function of keys returns": t.create(t.policy([object.union(
		t.kprobe("sys_add_key", [t.always([t.post])]),
		{"returnArg": t.arg(0, "char_buf")},
	)])),
	"bytes of a key": t.create(t.policy([t.with_args(t.kprobe("sys_add_key", [t.always([t.post])]), [t.arg(2, "char_buf")])])),
	"what a key holds": t.create(t.policy([t.with_args(t.kprobe("x", [t.always([t.post])]), [object.union(t.arg(0, "uint64"), {"resolve": "a.rcu_data0"})])])),
	"an encrypted key": t.create(t.policy([t.with_args(t.kprobe("x", [t.always([t.post])]), [object.union(t.arg(0, "uint64"), {"resolve": "a", "btfType": "encrypted_key_payload"})])])),
	"a trusted key": t.create(t.policy([t.with_args(t.kprobe("x", [t.always([t.post])]), [object.union(t.arg(0, "uint64"), {"resolve": "a", "btfType": "trusted_key_payload"})])])),
}

pass := {
	"what is mounted": t.create(t.policy([t.with_args(t.kprobe("sys_mount", [t.always([t.post])]), [t.arg(2, "string")])])),
	"what is mounted, by its tracepoint": t.create(t.policy([t.with_args(object.union(t.tracepoint("syscalls/sys_enter_mount", [t.always([t.post])]), {"also": "sys_mount"}), [t.arg(6, "string")])])),
	"a socket’s option as a number": t.create(t.policy([t.with_args(t.kprobe("sys_setsockopt", [t.always([t.post])]), [t.arg(3, "int")])])),
	"a member of what is handed on": t.create(t.policy([t.with_args(t.kprobe("security_sb_mount", [t.always([t.post])]), [object.union(t.arg(4, "string"), {"resolve": "x"})])])),
	"the task’s own": t.create(t.policy([t.with_args(t.kprobe("sys_mount", [t.always([t.post])]), [object.union(t.arg(4, "string"), {"source": "current_task", "resolve": "comm"})])])),
	"the task’s own by its place alone": t.create(t.policy([t.with_args(t.kprobe("sys_mount", [t.always([t.post])]), [object.union(t.arg(4, "string"), {"source": "current_task"})])])),
	"a later argument of the call’s body": t.create(t.policy([t.with_args(object.union(t.kprobe("__x64_mount_body", [t.always([t.post])]), {"also": "sys_mount"}), [t.arg(9, "string")])])),
	"the command": capturing("sys_keyctl", "int"),
	"another call": capturing("sys_symlinkat", "string"),
	"another path": resolving("f_path.dentry.d_name.name", {}),
}

test_denies[name] if {
	some name, submission in deny
	count(rule.findings) > 0 with input as submission
}

test_passes[name] if {
	some name, submission in pass
	count(rule.findings) == 0 with input as submission
}
