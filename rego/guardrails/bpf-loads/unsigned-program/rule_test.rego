package tracegate.guardrails.bpf_loads.unsigned_program_test

import data.tracegate.guardrails.bpf_loads.unsigned_program as rule
import data.tracegate.testing as t

organisation := {"bpf": {"signing": "required"}}

signed(how) := t.loaded({"kernelChecks": true, "program": {"signature": how}})

deny := {
	"no signature": signed("none"),
	"a user's key": signed("user"),
}

pass := {
	"a key of the system's": signed("system"),
	"a kernel that checks none": t.loaded({"kernelChecks": false, "program": {"signature": "none"}}),
	"one of ours": t.loaded({"kernelChecks": true, "ours": true, "program": {"signature": "none"}}),
	"an end": t.seen("gone", {"kernelChecks": true, "program": {"signature": "none"}}),
}

test_denies[name] if {
	some name, submission in deny
	count(rule.findings) > 0 with input as submission with data.organisation.bpf.signing as "required"
}

test_passes[name] if {
	some name, submission in pass
	count(rule.findings) == 0 with input as submission with data.organisation.bpf.signing as "required"
}

test_passes_undemanded if {
	count(rule.findings) == 0 with input as signed("none") with data.organisation.bpf.signing as "optional"
}
