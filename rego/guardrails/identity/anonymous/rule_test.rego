package tracegate.guardrails.identity.anonymous_test

import data.tracegate.guardrails.identity.anonymous as rule
import data.tracegate.testing as t

deny := {
	"no name": t.by({"user": "", "groups": []}, t.create(t.policy([]))),
	"anonymous": t.by({"user": "system:anonymous", "groups": ["system:unauthenticated"]}, t.create(t.namespaced("team-a", []))),
	"without a name": t.by({"user": "", "groups": []}, t.create(t.policy([]))),
	"anonymous, in no group": t.by({"user": "system:anonymous", "groups": []}, t.create(t.policy([]))),
	"not authenticated": t.by({"user": "x", "groups": ["system:unauthenticated"]}, t.create(t.policy([]))),
}

pass := {
	"a name": t.by({"user": "ann", "groups": []}, t.create(t.namespaced("team-a", []))),
}

test_denies[name] if {
	some name, submission in deny
	count(rule.findings) > 0 with input as submission
}

test_passes[name] if {
	some name, submission in pass
	count(rule.findings) == 0 with input as submission
}
