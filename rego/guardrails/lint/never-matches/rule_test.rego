package tracegate.guardrails.lint.never_matches_test

import data.tracegate.guardrails.lint.never_matches as rule
import data.tracegate.testing as t

deny := {
	"a relative path": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("Equal", "file", ["etc/shadow"])], [t.override(-1)])])])),
	"a star": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("Equal", "file", ["/etc/shadow*"])], [t.override(-1)])])])),
	"a slash at the end": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("Equal", "file", ["/data/"])], [t.override(-1)])])])),
	"a detour": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("Prefix", "file", ["/data/../etc/"])], [t.override(-1)])])])),
	"two values at once": t.create(t.policy([t.kprobe("sys_symlinkat", [t.when([t.match("Equal", "string", ["/a"]), t.match("Equal", "string", ["/b"])], [t.override(-1)])])])),
	"a value outside of the prefix": t.create(t.policy([t.kprobe("sys_symlinkat", [t.when([t.match("Prefix", "string", ["/data/"]), t.match("Equal", "string", ["/etc/passwd"])], [t.override(-1)])])])),
	"a prefix and its exception": t.create(t.policy([t.kprobe("sys_symlinkat", [t.when([t.match("Prefix", "string", ["/data/a/"]), t.match("NotPrefix", "string", ["/data/"])], [t.override(-1)])])])),
	"an empty range": t.create(t.policy([t.kprobe("sys_mount", [t.when([t.match("GT", "int", ["5"]), t.match("LT", "int", ["6"])], [t.sigkill])])])),
	"beyond the type": t.create(t.policy([t.kprobe("sys_mount", [t.when([t.match("GT", "uint32", ["4294967295"])], [t.sigkill])])])),
	"no bit": t.create(t.policy([t.kprobe("sys_mount", [t.when([t.match("Mask", "uint64", ["0"])], [t.sigkill])])])),
	"a directory as an ending": t.create(t.policy([t.kprobe("sys_mount", [t.binaries("Postfix", ["bin/"], [t.sigkill])])])),
	"a program by its name": t.create(t.policy([t.kprobe("sys_mount", [t.binaries("In", ["nc"], [t.sigkill])])])),
	"a program and its exception": t.create(t.policy([t.kprobe("sys_mount", [object.union(t.always([t.sigkill]), {"matchBinaries": [t.program("In", "/usr/bin/nc"), t.program("NotIn", "/usr/bin/nc")]})])])),
	"a return that is not hooked": t.create(t.policy([t.kprobe("sys_mount", [object.union(t.when(t.on_text, [t.post]), {"returnActions": [t.sigkill]})])])),
	"watching in vain": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("Equal", "file", ["etc/shadow"])], [t.post])])])),
}

pass := {
	"an absolute path": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("Equal", "file", ["/etc/shadow"])], [t.override(-1)])])])),
	"a relative text of a call": t.create(t.policy([t.kprobe("sys_symlinkat", [t.when([t.match("Equal", "string", ["../shadow"])], [t.override(-1)])])])),
	"a file of memory": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("Prefix", "file", ["memfd:"])], [t.override(-1)])])])),
	"a directory": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("Prefix", "file", ["/data/"])], [t.override(-1)])])])),
	"a value in the prefix": t.create(t.policy([t.kprobe("sys_symlinkat", [t.when([t.match("Prefix", "string", ["/data/"]), t.match("Equal", "string", ["/data/x"])], [t.override(-1)])])])),
	"a prefix and a smaller exception": t.create(t.policy([t.kprobe("sys_symlinkat", [t.when([t.match("Prefix", "string", ["/data/"]), t.match("NotPrefix", "string", ["/data/a/"])], [t.override(-1)])])])),
	"a range of one": t.create(t.policy([t.kprobe("sys_mount", [t.when([t.match("GT", "int", ["5"]), t.match("LT", "int", ["7"])], [t.sigkill])])])),
}

test_denies[name] if {
	some name, submission in deny
	count(rule.findings) > 0 with input as submission
}

test_passes[name] if {
	some name, submission in pass
	count(rule.findings) == 0 with input as submission
}
