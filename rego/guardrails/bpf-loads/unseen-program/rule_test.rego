package tracegate.guardrails.bpf_loads.unseen_program_test

import data.tracegate.guardrails.bpf_loads.unseen_program as rule
import data.tracegate.testing as t

unseen(record, view) := t.seen("unseen", {"record": record, "view": view, "detail": "program 7"})

deny := {
	"a hole": unseen("bpf.gap", "full"),
	"a hole between looks": unseen("bpf.gap", "degraded"),
	"hidden": unseen("bpf.hidden", "full"),
	"missed": unseen("bpf.missed", "full"),
}

pass := {
	"missed between two looks": unseen("bpf.missed", "degraded"),
	"gone between two looks": unseen("bpf.vanished", "full"),
	"loaded": t.loaded({"record": "bpf.gap", "view": "full", "detail": "x"}),
}

test_denies[name] if {
	some name, submission in deny
	some finding in rule.findings with input as submission
	endswith(finding.message, ": program 7")
}

test_passes[name] if {
	some name, submission in pass
	count(rule.findings) == 0 with input as submission
}

test_says_what_was_not_seen[record] if {
	some record, words in {
		"bpf.gap": "not all of what was done with eBPF was seen: program 7",
		"bpf.hidden": "something hides from one of two ways of asking the kernel: program 7",
		"bpf.missed": "an object was made that nobody told of: program 7",
	}
	rule.findings == {{"path": "/activity", "message": words}} with input as unseen(record, "full")
}
