package tracegate.guardrails.identity.required_annotations_test

import data.tracegate.guardrails.identity.required_annotations as rule
import data.tracegate.testing as t

whole := {"tracegate.io/owner": "team-a", "tracegate.io/reason": "incident 7", "tracegate.io/ticket": "SEC-7"}

deny := {
	"no annotations": t.create(t.policy([])),
	"an empty one": t.create(object.union(t.policy([]), {"annotations": object.union(whole, {"tracegate.io/ticket": " "})})),
	"one of a space that is no letter": t.create(object.union(t.policy([]), {"annotations": object.union(whole, {"tracegate.io/ticket": "\u00a0"})})),
	"two of three": t.create(object.union(t.policy([]), {"annotations": object.filter(whole, ["tracegate.io/owner"])})),
}

pass := {
	"one that begins with no letter of English": t.create(object.union(t.policy([]), {"annotations": object.union(whole, {"tracegate.io/reason": "überfällig"})})),
	"all three": t.create(object.union(t.policy([]), {"annotations": whole})),
	"to be deleted": t.delete(t.policy([])),
}

test_denies[name] if {
	some name, submission in deny
	count(rule.findings) > 0 with input as submission
}

test_passes[name] if {
	some name, submission in pass
	count(rule.findings) == 0 with input as submission
}

says := {
	"no annotations": "3 annotations are missing or empty: tracegate.io/owner, tracegate.io/reason, tracegate.io/ticket",
	"two of three": "2 annotations are missing or empty: tracegate.io/reason, tracegate.io/ticket",
	"an empty one": "an annotation is missing or empty: tracegate.io/ticket",
}

test_says[name] if {
	some name, text in says
	found := {finding.message | some finding in rule.findings} with input as deny[name]
	found == {text}
}
