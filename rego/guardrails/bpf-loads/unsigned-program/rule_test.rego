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

test_says_what_is_wrong[how] if {
	some how, words in {
		"none": "/usr/sbin/any-loader loads drop_all (xdp) without a signature",
		"user": "/usr/sbin/any-loader loads drop_all (xdp) with a signature by a key of a user's keyring",
	}
	some finding in rule.findings with input as signed(how) with data.organisation.bpf.signing as "required"
	finding.message == words
}

test_says_who_and_what_without_names if {
	nameless := {"kernelChecks": true, "loader": {"path": ""}, "program": {"name": "", "signature": "none"}}
	some finding in rule.findings with input as t.loaded(nameless) with data.organisation.bpf.signing as "required"
	finding.message == "a loader whose file is not known loads a program of type xdp without a signature"
}
