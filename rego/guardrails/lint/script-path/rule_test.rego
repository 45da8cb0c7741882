package tracegate.guardrails.lint.script_path_test

import data.tracegate.guardrails.lint.script_path as rule
import data.tracegate.testing as t

deny := {
	"all scripts": t.create(t.policy([t.kprobe("security_file_open", [t.binaries("Postfix", [".sh"], [t.override(-1)])])])),
	"a script that is meant": t.create(t.policy([t.kprobe("security_file_open", [t.binaries("In", ["/opt/x.py"], [t.override(-1)])])])),
	"one that is exempted": t.create(t.policy([t.kprobe("security_file_open", [t.binaries("NotIn", ["/opt/x.sh"], [t.override(-1)])])])),
	"the one that started it": t.create(t.policy([t.kprobe("security_file_open", [t.parents("In", ["/opt/x.pl"], [t.post])])])),
	"an exempted one": t.create(t.policy([t.kprobe("security_file_open", [t.binaries("NotIn", ["/x.sh"], [t.override(-1)])])])),
	"a watched one": t.create(t.policy([t.kprobe("security_file_open", [t.binaries("In", ["/x.sh"], [t.post])])])),
}

pass := {
	"a point elsewhere in the path": t.create(t.policy([t.kprobe("security_file_open", [t.binaries("In", ["/opt/app-1.2/bin/app"], [t.override(-1)])])])),
	"a program": t.create(t.policy([t.kprobe("security_file_open", [t.binaries("In", ["/opt/x"], [t.override(-1)])])])),
	"all below": t.create(t.policy([t.kprobe("security_file_open", [t.binaries("Prefix", ["/opt/x.sh"], [t.override(-1)])])])),
}

test_denies[name] if {
	some name, submission in deny
	count(rule.findings) > 0 with input as submission
}

test_passes[name] if {
	some name, submission in pass
	count(rule.findings) == 0 with input as submission
}

severities := {
	"an exempted one": {"warn"},
	"a watched one": {"warn"},
	"all scripts": {"deny"},
	"a script that is meant": {"deny"},
}

test_severities[name] if {
	some name, expected in severities
	found := {object.get(finding, "severity", "deny") | some finding in rule.findings} with input as deny[name]
	found == expected
}

test_endings_without_a_point if {
	count(rule.findings) == 1 with input as named("/opt/backup-script") with data.organisation.programs.scripts as [".py", "-script"]
	count(rule.findings) == 0 with input as named("/opt/backup") with data.organisation.programs.scripts as [".py", "-script"]
}

named(program) := t.create(t.policy([t.kprobe("security_file_open", [t.binaries("In", [program], [t.post])])]))

test_an_ending_may_have_no_point if {
	of_scripts := {"programs": {"scripts": ["_script"]}}
	count(rule.findings) == 1 with input as named("/opt/x_script") with data.organisation as object.union(data.organisation, of_scripts)
	count(rule.findings) == 0 with input as named("/opt/x") with data.organisation as object.union(data.organisation, of_scripts)
}
