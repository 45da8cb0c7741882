package tracegate.guardrails.lint.text_form_test

import data.tracegate.guardrails.lint.text_form as rule
import data.tracegate.testing as t

planned(actions, form, passes) := object.union(
	t.create(t.policy([t.kprobe("sys_unlinkat", [t.when(t.on_text, actions)])])),
	{"planned": [object.union(t.planned("denied-before-effect", false), {"form": form, "passes": passes})]},
)

advice := "other spellings; the annotation tracegate.io/match: \"object\" means the file itself"

deny := {
	"text": planned([t.sigkill], "text", advice),
}

pass := {
	"another hook by its text": object.union(planned([t.sigkill], "text", "other spellings"), {"planned": [object.union(
		t.planned("denied-before-effect", false),
		{"path": "/spec/kprobes/1", "form": "text", "passes": advice},
	)]}),
	"the file itself": planned([t.sigkill], "object", "a hard link"),
	"text of which there is no file": planned([t.sigkill], "text", "other spellings"),
	"watching": planned([t.post], "text", advice),
	"no facts": t.create(t.policy([t.kprobe("sys_unlinkat", [t.when(t.on_text, [t.sigkill])])])),
}

test_denies[name] if {
	some name, submission in deny
	count(rule.findings) > 0 with input as submission
}

test_passes[name] if {
	some name, submission in pass
	count(rule.findings) == 0 with input as submission
}
