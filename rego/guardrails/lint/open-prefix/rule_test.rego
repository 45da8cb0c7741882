package tracegate.guardrails.lint.open_prefix_test

import data.tracegate.guardrails.lint.open_prefix as rule
import data.tracegate.testing as t

deny := {
	"a directory without its slash": t.create(t.policy([t.kprobe("sys_symlinkat", [t.when([t.match("Prefix", "string", ["/opt/app"])], [t.override(-1)])])])),
	"an open exemption": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("NotPrefix", "file", ["/a"])], [t.override(-1)])])])),
}

pass := {
	"with its slash": t.create(t.policy([t.kprobe("sys_symlinkat", [t.when([t.match("Prefix", "string", ["/opt/app/"])], [t.override(-1)])])])),
	"one file": t.create(t.policy([t.kprobe("sys_symlinkat", [t.when([t.match("Equal", "string", ["/opt/app"])], [t.override(-1)])])])),
	"a number": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("Prefix", "int", ["/a"])], [t.override(-1)])])])),
}

test_denies[name] if {
	some name, submission in deny
	count(rule.findings) > 0 with input as submission
}

test_passes[name] if {
	some name, submission in pass
	count(rule.findings) == 0 with input as submission
}
