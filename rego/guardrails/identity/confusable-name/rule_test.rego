package tracegate.guardrails.identity.confusable_name_test

import data.tracegate.guardrails.identity.confusable_name as rule
import data.tracegate.testing as t

deny := {
	"another separator": t.by(t.tenant, t.create(t.named("guard.files", t.namespaced("team-a", [])))),
	"digits for letters": t.by(t.tenant, t.create(t.named("gu4rd-files", t.namespaced("team-a", [])))),
	"letters that run together": t.by(t.tenant, t.create(t.named("guarcl-files", t.namespaced("team-a", [])))),
}

pass := {
	"only alike": t.by(t.tenant, t.create(t.named("guardian-files", t.namespaced("team-a", [])))),
	"the platform": t.create(t.named("guard.files", t.policy([]))),
}

test_denies[name] if {
	some name, submission in deny
	count(rule.findings) > 0 with input as submission
}

test_passes[name] if {
	some name, submission in pass
	count(rule.findings) == 0 with input as submission
}
