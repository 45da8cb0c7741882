package tracegate.judge_test

import data.tracegate.judge
import data.tracegate.testing as t
import data.tracegate.traits

connecting := t.create(t.policy([t.kprobe("tcp_sendmsg", [t.always([t.post])])]))

killing := t.create(t.policy([t.kprobe("sys_mount", [t.always([t.sigkill])])]))

severities(decision, rule) := {finding.severity | some finding in decision.findings; finding.rule == rule}

test_allows_and_counts if {
	decision := judge.decision with input as connecting
	decision.allowed
	decision.rules.total == decision.rules.evaluated + decision.rules.notApplicable
	decision.rules.notApplicable > 0
	decision.found == count(decision.findings)
	decision.judged == {"digest": "sha256:00", "operation": "create"}
	severities(decision, "TPG-401") == {"warn"}
}

test_denies if {
	decision := judge.decision with input as killing
	not decision.allowed
	severities(decision, "TPG-201") == {"deny"}
	severities(decision, "TPG-213") == {"info"}
}

test_is_softened_while_it_only_watches if {
	decision := judge.decision with input as t.monitored(killing)
	decision.allowed
	severities(decision, "TPG-201") == {"warn"}
}

test_is_softened_for_nobody_where_the_rule_says_so if {
	own := t.create(t.policy([t.kprobe("sys_mount", [t.binaries("In", ["/usr/bin/tracegate"], [t.sigkill])])]))
	decision := judge.decision with input as t.monitored(own)
	severities(decision, "TPG-301") == {"deny"}
}

test_takes_the_milder_of_mode_and_finding if {
	judge.severity("deny", "deny") == "deny"
	judge.severity("deny", "warn") == "warn"
	judge.severity("deny", "info") == "info"
	judge.severity("warn", "deny") == "warn"
	judge.severity("info", "deny") == "info"
}

# METADATA
# description: What the connecting policy's finding counts under this mode.
under(mode, monitor, submission) := severities(decision, "TPG-401") if {
	decision := judge.decision with input as submission
		with data.rules as object.union(data.rules, {"TPG-401": {"mode": mode, "monitor": monitor}})
}

test_denies_under_a_mode_that_is_none if {
	under("warn", "keep", connecting) == {"warn"}
	under("info", "keep", connecting) == {"info"}
	under("enforce", "keep", connecting) == {"deny"}
	under("enforced", "keep", connecting) == {"deny"}
	under("Warn", "keep", connecting) == {"deny"}
	under("", "keep", connecting) == {"deny"}
	under("enforced", "warn", t.monitored(connecting)) == {"deny"}
	under("enforce", "warn", t.monitored(connecting)) == {"warn"}
	under("enforce", "warm", t.monitored(connecting)) == {"deny"}
	under("info", "warn", t.monitored(connecting)) == {"info"}
}

test_denies_without_a_mode if {
	decision := judge.decision with input as connecting
		with data.rules as object.remove(data.rules, ["TPG-401"])
	severities(decision, "TPG-401") == {"deny"}
	not decision.allowed
}

with_case(one) := {"TPG-401": object.union(data.rules["TPG-401"], {"where": [one]})}

case_severity(one, submission) := severities(decision, "TPG-401") if {
	decision := judge.decision with input as submission
		with data.rules as object.union(data.rules, with_case(one))
		with data.scoped as ["TPG-401"]
		with data.organisation as object.union(data.organisation, {"environment": "production"})
}

test_has_another_mode_where_every_list_fits if {
	case_severity({"mode": "enforce", "users": ["pat"]}, connecting) == {"deny"}
	case_severity({"mode": "enforce", "users": ["tom"]}, connecting) == {"warn"}
	case_severity({"mode": "info", "groups": ["tracegate:platform"]}, connecting) == {"info"}
	case_severity({"mode": "info", "policies": ["watch-files"]}, connecting) == {"info"}
	case_severity({"mode": "info", "environments": ["production"]}, connecting) == {"info"}
	case_severity({"mode": "info", "environments": ["test"]}, connecting) == {"warn"}
	case_severity({"mode": "info", "users": ["pat"], "groups": ["others"]}, connecting) == {"warn"}
	case_severity({"mode": "info", "namespaces": ["team-a"]}, connecting) == {"warn"}
	namespaced := t.create(t.namespaced("team-a", [t.kprobe("tcp_sendmsg", [t.always([t.post])])]))
	case_severity({"mode": "info", "namespaces": ["team-a"]}, namespaced) == {"info"}
}

test_is_not_evaluated_where_it_is_off if {
	before := judge.decision with input as connecting
	after := judge.decision with input as connecting
		with data.rules as object.union(data.rules, with_case({"mode": "off", "users": ["pat"]}))
		with data.scoped as ["TPG-401"]
	severities(after, "TPG-401") == set()
	after.rules.evaluated == before.rules.evaluated - 1
}

holding(submission) := found if {
	found := {name | some name, true in traits} with input as submission
}

test_knows_what_can_apply if {
	holding(connecting) == {"writes", "cluster_wide", "in_force"}
	holding(killing) == {"writes", "cluster_wide", "in_force", "enforces", "kills"}
	holding(t.delete(killing.policy)) == {"deletes", "cluster_wide", "in_force"}
	holding(t.monitored(t.by(t.tenant, t.create(t.namespaced("a", []))))) == {"writes", "namespaced", "outsider"}
	guard := t.named("guard-x", t.policy([t.kprobe("sys_mount", [t.when(t.on_text, [t.override(-1)])])]))
	holding(t.update(guard, guard)) == {"writes", "updates", "cluster_wide", "in_force", "guards", "enforces", "overrides"}
	holding(object.union(connecting, {"planned": [t.planned("observed", false)]})) == {"writes", "cluster_wide", "in_force", "planned"}
}
