package tracegate.guardrails.confidentiality.key_material_test

import data.tracegate.guardrails.confidentiality.key_material as rule
import data.tracegate.testing as t

capturing(call, type) := t.create(t.policy([t.with_args(t.kprobe(call, [t.always([t.post])]), [t.arg(1, type)])]))

deny := {"a key's description": capturing("sys_add_key", "string")}

pass := {
	"the command": capturing("sys_keyctl", "int"),
	"another call": capturing("sys_symlinkat", "string"),
}

test_denies[name] if {
	some name, submission in deny
	count(rule.findings) > 0 with input as submission
}

test_passes[name] if {
	some name, submission in pass
	count(rule.findings) == 0 with input as submission
}
