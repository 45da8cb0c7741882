package tracegate.guardrails.performance.bpf_internals_test

import data.tracegate.guardrails.performance.bpf_internals as rule
import data.tracegate.testing as t

deny := {
	"a helper": t.create(t.policy([t.kprobe("bpf_map_update_elem", [t.always([t.post])])])),
}

pass := {
	"the load function": t.create(t.policy([t.kprobe("bpf_prog_load", [t.always([t.post])])])),
	"the check": t.create(t.policy([t.kprobe("security_bpf_prog", [t.always([t.post])])])),
}

test_denies[name] if {
	some name, submission in deny
	count(rule.findings) > 0 with input as submission
}

test_passes[name] if {
	some name, submission in pass
	count(rule.findings) == 0 with input as submission
}
