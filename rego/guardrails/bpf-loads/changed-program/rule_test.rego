package tracegate.guardrails.bpf_loads.changed_program_test

import data.tracegate.guardrails.bpf_loads.changed_program as rule
import data.tracegate.testing as t

known := {"before": ["1111111111111111", "2222222222222222"]}

deny := {
	"another tag than the only one before": t.loaded(object.union(known, {"before": ["2222222222222222"]})),
	"another tag": t.loaded(known),
	"another than the only one": t.loaded({"before": ["1111111111111111"]}),
	"by a loader that was changed too": t.loaded(object.union(known, {"sameLoader": false})),
}

pass := {
	"the first of its name": t.loaded({"before": []}),
	"the same tag": t.loaded({"before": ["1111111111111111", "0011223344556677"]}),
	"no name to know it by": t.loaded(object.union(known, {"program": {"name": ""}})),
	"one of ours": t.loaded(object.union(known, {"ours": true})),
	"an end": t.seen("gone", known),
}

test_denies[name] if {
	some name, submission in deny
	count(rule.findings) > 0 with input as submission
}

test_passes[name] if {
	some name, submission in pass
	count(rule.findings) == 0 with input as submission
}

test_says_of_the_loader[name] if {
	some name, same in {"kept": true, "changed": false}
	submission := t.loaded(object.union(known, {"sameLoader": same}))
	some finding in rule.findings with input as submission
	contains(finding.message, "; the loader is another file too") == same == false
}
