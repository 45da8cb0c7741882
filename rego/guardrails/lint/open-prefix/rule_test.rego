package tracegate.guardrails.lint.open_prefix_test

import data.tracegate.guardrails.lint.open_prefix as rule
import data.tracegate.testing as t

# METADATA
# description: A directory argument of one of the kernel's checks, with a filter for each selector.
inside(call, index, matches) := t.create(t.policy([t.kprobe(call, [t.when([object.union(match, {"argIndex": index})], [t.override(-1)]) | some match in matches])]))

below := t.match("Prefix", "path", ["/data/keys/"])

missing := {
	"a file in the directory is removed": inside("security_path_unlink", 0, [below]),
	"a file comes into the directory": inside("security_path_rename", 2, [below]),
	"a file leaves the directory": inside("security_path_rename", 0, [below]),
	"a link is made in the directory": inside("security_path_link", 1, [below]),
	"a folder is made in it": inside("security_path_mkdir", 0, [below]),
	"a folder in it is removed": inside("security_path_rmdir", 0, [below]),
	"a device is made in it": inside("security_path_mknod", 0, [below]),
	"a symbolic link is made in it": inside("security_path_symlink", 0, [below]),
	"another directory is named": inside("security_path_unlink", 0, [below, t.match("Equal", "path", ["/data/other"])]),
	"the directory is exempted": inside("security_path_unlink", 0, [below, t.match("NotEqual", "path", ["/data/keys"])]),
	"an ending of it": inside("security_path_unlink", 0, [below, t.match("Postfix", "path", ["/keys"])]),
	"the directory is only watched": t.create(t.policy([t.kprobe("security_path_unlink", [
		t.when([below], [t.override(-1)]),
		t.when([t.match("Equal", "path", ["/data/keys"])], [t.post]),
	])])),
	"another argument is the directory": t.create(t.policy([t.kprobe("security_path_rename", [
		t.when([below], [t.override(-1)]),
		t.when([object.union(t.match("Equal", "path", ["/data/keys"]), {"argIndex": 2})], [t.override(-1)]),
	])])),
	"another hook is about the directory": t.create(t.policy([
		t.kprobe("security_path_mkdir", [t.when([below], [t.override(-1)])]),
		object.union(
			t.kprobe("security_path_unlink", [t.when([t.match("Equal", "path", ["/data/keys"])], [t.override(-1)])]),
			{"path": "/spec/kprobes/1"},
		),
	])),
}

deny := object.union(missing, {
	"a directory without its slash": t.create(t.policy([t.kprobe("sys_symlinkat", [t.when([t.match("Prefix", "string", ["/opt/app"])], [t.override(-1)])])])),
	"an open exemption": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("NotPrefix", "file", ["/a"])], [t.override(-1)])])])),
})

pass := {
	"the directory is named beside it": inside("security_path_unlink", 0, [below, t.match("Equal", "path", ["/data/keys"])]),
	"the root": inside("security_path_unlink", 0, [t.match("Prefix", "path", ["/"])]),
	"by its own name": inside("security_path_unlink", 0, [t.match("Equal", "path", ["/data/keys"])]),
	"what is meant is the file itself": inside("security_path_truncate", 0, [below]),
	"an argument that is no directory": inside("security_path_link", 0, [below]),
	"text of the call": inside("security_path_symlink", 0, [t.match("Prefix", "string", ["/data/keys/"])]),
	"all but a directory": inside("security_path_unlink", 0, [t.match("NotPrefix", "path", ["/data/keys/"])]),
	"watching a directory": t.create(t.policy([t.kprobe("security_path_unlink", [t.when([below], [t.post])])])),
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

test_severities[name] if {
	some name, submission in deny
	expected := {true: "warn", false: "info"}[object.get(missing, name, false) != false]
	{finding.severity | some finding in rule.findings} == {expected} with input as submission
}

test_only_what_is_missed_is_told if {
	two := [t.match("Prefix", "path", ["/data/keys/", "/data/own/"]), t.match("Equal", "path", ["/data/own"])]
	found := {finding.message | some finding in rule.findings} with input as inside("security_path_unlink", 0, two)
	found == {"argument 0 of security_path_unlink is a directory, without a slash at its end: what lies directly in /data/keys/ is not spoken of"}
}

test_a_directory_above_is_named if {
	both := inside("security_path_unlink", 0, [
		t.match("Prefix", "path", ["/data/", "/data/keys/", "/data/keys/old/", "/database/"]),
		t.match("Equal", "path", ["/data"]),
	])
	found := {finding.message | some finding in rule.findings} with input as both
	found == {"argument 0 of security_path_unlink is a directory, without a slash at its end: what lies directly in /database/ is not spoken of"}
}

test_all_paths_are_named if {
	count(rule.findings) == 0 with input as inside("security_path_unlink", 0, [below, t.match("Prefix", "path", ["/"])])
}

test_a_beginning_of_it_is_named_beside_it if {
	both := inside("security_path_unlink", 0, [below, t.match("Prefix", "path", ["/data/k"])])
	{finding.severity | some finding in rule.findings} == {"info"} with input as both
}

test_another_beginning_does_not_name_it if {
	both := inside("security_path_unlink", 0, [below, t.match("Prefix", "path", ["/database"])])
	{finding.severity | some finding in rule.findings} == {"info", "warn"} with input as both
}
