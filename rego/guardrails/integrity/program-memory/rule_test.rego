package tracegate.guardrails.integrity.program_memory_test

import data.tracegate.guardrails.integrity.program_memory as rule
import data.tracegate.testing as t

deny := {
	"a value in a program": t.create(t.policy([object.union(t.kprobe("/opt/app/app:app/start", [t.always([t.set])]), {"type": "usdt"})])),
}

pass := {
	"killing it": t.create(t.policy([object.union(t.kprobe("/opt/app/app:app/start", [t.when([t.match("Equal", "int", ["1"])], [t.sigkill])]), {"type": "usdt"})])),
	"watching it": t.create(t.policy([object.union(t.kprobe("/opt/app/app:app/start", [t.always([t.post])]), {"type": "usdt"})])),
}

test_denies[name] if {
	some name, submission in deny
	count(rule.findings) > 0 with input as submission
}

test_passes[name] if {
	some name, submission in pass
	count(rule.findings) == 0 with input as submission
}
