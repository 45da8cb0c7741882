package tracegate.guardrails.identity.confusable_name_test

import data.tracegate.guardrails.identity.confusable_name as rule
import data.tracegate.testing as t

organisation := {
	"names": {"reserved": ["tracegate-", "guard-", "olease-qt-"]},
	"protected": {"policies": ["nightly-cleaner", "best-gateway"]},
}

deny := {
	"another separator": t.by(t.tenant, t.create(t.named("guard.files", t.namespaced("team-a", [])))),
	"digits for letters": t.by(t.tenant, t.create(t.named("gu4rd-files", t.namespaced("team-a", [])))),
	"letters that run together": t.by(t.tenant, t.create(t.named("guarcl-files", t.namespaced("team-a", [])))),
	"a low line": t.by(t.tenant, t.create(t.named("guard_links", t.policy([])))),
	"a dot": t.by(t.tenant, t.create(t.named("guard.links", t.policy([])))),
	"two hyphens": t.by(t.tenant, t.create(t.named("gu4rd--links", t.policy([])))),
	"zero": t.by(t.tenant, t.create(t.named("0lease-qt-x", t.policy([])))),
	"one": t.by(t.tenant, t.create(t.named("o1ease-qt-x", t.policy([])))),
	"three": t.by(t.tenant, t.create(t.named("ol3ase-qt-x", t.policy([])))),
	"four": t.by(t.tenant, t.create(t.named("gu4rd-x", t.policy([])))),
	"five": t.by(t.tenant, t.create(t.named("olea5e-qt-x", t.policy([])))),
	"six": t.by(t.tenant, t.create(t.named("6uard-x", t.policy([])))),
	"seven": t.by(t.tenant, t.create(t.named("olease-q7-x", t.policy([])))),
	"nine": t.by(t.tenant, t.create(t.named("9uard-x", t.policy([])))),
	"q": t.by(t.tenant, t.create(t.named("quard-x", t.policy([])))),
	"cl": t.by(t.tenant, t.create(t.named("guarcl-x", t.policy([])))),
	"a protected one": t.by(t.tenant, t.create(t.named("nightly_cleaner", t.policy([])))),
	"a protected one with digits": t.by(t.tenant, t.create(t.named("nigh7ly-cleaner", t.policy([])))),
}

pass := {
	"only alike": t.by(t.tenant, t.create(t.named("guardian-files", t.namespaced("team-a", [])))),
	"the platform": t.create(t.named("guard.files", t.policy([]))),
	"by the platform": t.create(t.named("gu4rd-x", t.policy([]))),
	"a protected one by the platform": t.create(t.named("nightly_cleaner", t.policy([]))),
	"a deletion": t.by(t.tenant, t.delete(t.named("gu4rd-x", t.policy([])))),
	"a protected one deleted": t.by(t.tenant, t.delete(t.named("nightly_cleaner", t.policy([])))),
	"the reserved one itself": t.by(t.tenant, t.create(t.named("guard-x", t.policy([])))),
	"the protected one itself": t.by(t.tenant, t.create(t.named("nightly-cleaner", t.policy([])))),
	"another": t.by(t.tenant, t.create(t.named("daily-cleaner", t.policy([])))),
}

test_denies[name] if {
	some name, submission in deny
	count(rule.findings) > 0 with input as submission with data.organisation as object.union(data.organisation, organisation)
}

test_passes[name] if {
	some name, submission in pass
	count(rule.findings) == 0 with input as submission with data.organisation as object.union(data.organisation, organisation)
}
