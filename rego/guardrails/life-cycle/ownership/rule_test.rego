package tracegate.guardrails.life_cycle.ownership_test

import data.tracegate.guardrails.life_cycle.ownership as rule
import data.tracegate.testing as t

changed(who, old, new) := t.by(who, t.update(annotated(old), annotated(new)))

annotated(annotations) := object.union(t.policy([t.kprobe("tcp_connect", [t.always([t.post])])]), {"annotations": annotations})

deny := {
	"removed": changed(t.tenant, {"tracegate.io/owner": "team-b"}, {}),
	"another": changed(t.tenant, {"tracegate.io/owner": "team-b"}, {"tracegate.io/owner": "team-a"}),
}

pass := {
	"kept": changed(t.tenant, {"tracegate.io/owner": "team-b"}, {"tracegate.io/owner": "team-b "}),
	"given at last": changed(t.tenant, {}, {"tracegate.io/owner": "team-a"}),
	"another reason": changed(t.tenant, {"tracegate.io/reason": "x"}, {"tracegate.io/reason": "y"}),
	"by the platform": changed(t.platform, {"tracegate.io/owner": "team-b"}, {}),
}

test_denies[name] if {
	some name, submission in deny
	count(rule.findings) > 0 with input as submission
}

test_passes[name] if {
	some name, submission in pass
	count(rule.findings) == 0 with input as submission
}
