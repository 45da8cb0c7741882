# METADATA
# scope: package
# title: From findings to one decision
# description: >-
#   Mode and profile are applied here, around the guardrails; exceptions around all of it, by the host. `data.tracegate.found` is generated
#   from the folders under rego/guardrails; `data.rules` says per rule its mode in the chosen profile. The
#   record names how many rules ran and how many findings there were, so that nothing can be lost unseen.
package tracegate.judge

import data.tracegate.found

# The generated rules are put together once: each mention of them as a whole would build them anew.
outcome := found.outcome

active := found.active

decision := {
	"allowed": count(denials) == 0,
	"findings": findings,
	"found": count([1 | some list in outcome; some _ in list]),
	"rules": {
		"total": found.total,
		"evaluated": count(outcome),
		"notApplicable": found.total - count(running),
	},
	"judged": {"digest": input.policy.digest, "operation": input.operation},
} if {
	# Of a host that does not prepare these lists, rules would find nothing: then there is no decision.
	data.organisation.paths
}

# METADATA
# description: The rules that are to be evaluated; `data.groups` has those that are on, by the traits they share.
running := selected if {
	count(switched_off) == 0
} else := [id | some id in selected; not switched_off[id]]

selected := [id | some group, ids in data.groups; active[group]; some id in ids]

findings := [finding |
	some id, list in outcome
	count(list) > 0
	most := ceiling(id)
	some said in list
	finding := {
		"rule": id,
		"severity": severity(most, object.get(said, "severity", "deny")),
		"path": object.get(said, "path", ""),
		"message": object.get(said, "message", "this guardrail gives no message"),
	}
]

denials := [finding | some finding in findings; finding.severity == "deny"]

# METADATA
# description: The milder of what the rule's mode lets through and what the finding itself asks for.
severity(ceiling_, asked) := "deny" if {
	ceiling_ == "deny"
	asked != "warn"
	asked != "info"
} else := "info" if {
	ceiling_ == "info"
} else := "info" if {
	asked == "info"
} else := "warn"

# METADATA
# description: Only the two modes that are known to soften do; whatever else a rule's mode says, its findings deny.
ceiling(id) := most if {
	most := ceiling_of(id, mode(id))
} else := "deny"

ceiling_of(id, mode_) := "info" if {
	mode_ == "info"
} else := "warn" if {
	mode_ == "warn"
} else := "warn" if {
	mode_ == "enforce"
	softened(id)
} else := "deny"

# METADATA
# description: The rule's mode for this submission, by the first of the organisation's cases that it fits.
mode(id) := fitting[0] if {
	fitting := [one.mode | some one in data.rules[id].where; fits(one)]
	count(fitting) > 0
} else := data.rules[id].mode

# METADATA
# description: Every list that a case has names something of the submission.
fits(one) if {
	every kind, names in object.remove(one, ["mode"]) {
		some name in here[kind]
		name in names
	}
}

here := {
	"groups": input.subject.groups,
	"users": [input.subject.user],
	"policies": [input.policy.name],
	"namespaces": [namespace | namespace := input.policy.namespace],
	"environments": [environment | environment := data.organisation.environment],
}

softened(id) if {
	data.rules[id].monitor == "warn"
	input.effectiveMode == "monitor"
}

# METADATA
# description: Rules that the organisation has switched off for submissions like this one.
switched_off contains id if {
	some id in data.scoped
	mode(id) == "off"
}
