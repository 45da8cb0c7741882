package tracegate.guardrails.bpf_loads.guard_target_test

import data.tracegate.guardrails.bpf_loads.guard_target as rule
import data.tracegate.testing as t

deny := {
	"anybody listed": t.load("known", {"path": "/usr/sbin/any-loader"}, [{"asks": "guard-target", "type": "tracing"}]),
}

pass := {
	"granted": t.load("known", {"path": "/usr/sbin/pod-loader"}, [{"asks": "guard-target", "type": "tracing"}]),
	"another target": t.load("known", {"path": "/usr/sbin/any-loader"}, [t.asking("tracing")]),
}

organisation := t.loaders

test_denies[name] if {
	some name, submission in deny
	count(rule.findings) > 0 with input as submission with data.organisation.bpf.loaders as t.loaders.bpf.loaders
}

test_passes[name] if {
	some name, submission in pass
	count(rule.findings) == 0 with input as submission with data.organisation.bpf.loaders as t.loaders.bpf.loaders
}
