package tracegate.guardrails.identity.confusable_name_test

import data.tracegate.guardrails.identity.confusable_name as rule
import data.tracegate.testing as t

organisation := {
	"names": {"reserved": ["tracegate-", "guard-", "olease-qt-", "tention-"]},
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
	"cut by a dot": t.by(t.tenant, t.create(t.named("trace.gate.x", t.policy([])))),
	"a protected one with two hyphens": t.by(t.tenant, t.create(t.named("nightly--cleaner", t.policy([])))),
	"a protected one with a dot": t.by(t.tenant, t.create(t.named("nightly.cleaner", t.policy([])))),
	"the first letter missing": t.by(t.tenant, t.create(t.named("racegate-x", t.policy([])))),
	"another first letter": t.by(t.tenant, t.create(t.named("tracegatt-x", t.policy([])))),
	"cut in two": t.by(t.tenant, t.create(t.named("trace-gate-x", t.policy([])))),
	"cut into letters": t.by(t.tenant, t.create(t.named("g-u-a-r-d-x", t.policy([])))),
	"letters that change places": t.by(t.tenant, t.create(t.named("gaurd-x", t.policy([])))),
	"a letter twice": t.by(t.tenant, t.create(t.named("guardd-x", t.policy([])))),
	"a number behind": t.by(t.tenant, t.create(t.named("guard12-x", t.policy([])))),
	"the word alone": t.by(t.tenant, t.create(t.named("tracegate", t.policy([])))),
	"a letter missing": t.by(t.tenant, t.create(t.named("tracgate-x", t.policy([])))),
	"the last letter missing": t.by(t.tenant, t.create(t.named("tracegat-x", t.policy([])))),
	"another letter": t.by(t.tenant, t.create(t.named("tracegote-x", t.policy([])))),
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
	"two letters missing": t.by(t.tenant, t.create(t.named("tracgat-x", t.policy([])))),
	"two letters more": t.by(t.tenant, t.create(t.named("tracegatees-x", t.policy([])))),
	"a word of seven letters with another": t.by(t.tenant, t.create(t.named("mention-x", t.policy([])))),
	"its plural": t.by(t.tenant, t.create(t.named("guards-x", t.policy([])))),
	"a short word with another letter": t.by(t.tenant, t.create(t.named("guarb-x", t.policy([])))),
	"other words cut alike": t.by(t.tenant, t.create(t.named("trace-rate-x", t.policy([])))),
	"letters of another beginning": t.by(t.tenant, t.create(t.named("durag-x", t.policy([])))),
	"a longer word": t.by(t.tenant, t.create(t.named("tracegateways", t.policy([])))),
	"cut up by the platform": t.create(t.named("trace-gate-x", t.policy([]))),
	"cut up and deleted": t.by(t.tenant, t.delete(t.named("trace-gate-x", t.policy([])))),
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
