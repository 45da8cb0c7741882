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
	"a slash twice": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("Equal", "file", ["/a//b"])], [t.override(-1)])])])),
	"the directory itself": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("Equal", "file", ["/a/./b"])], [t.override(-1)])])])),
	"a slash at an ending": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("Postfix", "file", ["b/"])], [t.override(-1)])])])),
	"through another root": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("Equal", "file", ["/proc/1/root/etc/x"])], [t.override(-1)])])])),
	"through one’s own": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("Prefix", "file", ["/proc/self/root/etc/"])], [t.override(-1)])])])),
	"through a thread": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("Equal", "file", ["/proc/1/task/2/root/x"])], [t.override(-1)])])])),
	"below nothing": t.create(t.policy([t.kprobe("sys_ptrace", [t.when([t.match("LT", "uint32", ["0"])], [t.sigkill])])])),
	"below the least": t.create(t.policy([t.kprobe("sys_ptrace", [t.when([t.match("LT", "int", ["-2147483648"])], [t.sigkill])])])),
	"a star in text": t.create(t.policy([t.kprobe("sys_unlinkat", [t.when([t.match("Equal", "string", ["/a*"])], [t.override(-1)])])])),
	"an object by another root": t.create(t.policy([object.union(t.kprobe("sys_unlinkat", [t.when([t.match("Prefix", "string", ["/proc/self/root/"])], [t.override(-1)])]), {"object": true})])),
	"an ending that is not there": t.create(t.policy([t.kprobe("sys_unlinkat", [t.when([t.match("Equal", "string", ["/a"]), t.match("Postfix", "string", ["b"])], [t.override(-1)])])])),
	"an exempted ending": t.create(t.policy([t.kprobe("sys_unlinkat", [t.when([t.match("Equal", "string", ["/ab"]), t.match("NotPostfix", "string", ["b"])], [t.override(-1)])])])),
	"an exempted beginning": t.create(t.policy([t.kprobe("sys_unlinkat", [t.when([t.match("NotPrefix", "string", ["/a"]), t.match("Equal", "string", ["/ab"])], [t.override(-1)])])])),
	"a value and its exemption": t.create(t.policy([t.kprobe("sys_unlinkat", [t.when([t.match("Equal", "string", ["/a"]), t.match("NotEqual", "string", ["/a"])], [t.override(-1)])])])),
	"two beginnings": t.create(t.policy([t.kprobe("sys_unlinkat", [t.when([t.match("Prefix", "string", ["/a"]), t.match("Prefix", "string", ["/b"])], [t.override(-1)])])])),
	"exempted before": t.create(t.policy([t.kprobe("sys_unlinkat", [t.when([t.match("NotEqual", "string", ["/a"]), t.match("Equal", "string", ["/a"])], [t.override(-1)])])])),
	"nothing between": t.create(t.policy([t.kprobe("sys_unlinkat", [t.when([t.match("LT", "int", ["6"]), t.match("GT", "int", ["5"])], [t.override(-1)])])])),
	"two programs at once": t.create(t.policy([t.kprobe("sys_mount", [object.union(t.always([t.sigkill]), {"matchBinaries": [t.program("In", "/a"), t.program("In", "/b")]})])])),
	"a program with a slash": t.create(t.policy([t.kprobe("sys_mount", [object.union(t.always([t.sigkill]), {"matchBinaries": [t.program("In", "/a/")]})])])),
	"a program with a star": t.create(t.policy([t.kprobe("sys_mount", [object.union(t.always([t.sigkill]), {"matchBinaries": [t.program("In", "/a*")]})])])),
	"a program by a way round": t.create(t.policy([t.kprobe("sys_mount", [object.union(t.always([t.sigkill]), {"matchBinaries": [t.program("In", "/a/../b")]})])])),
	"a program by another root": t.create(t.policy([t.kprobe("sys_mount", [object.union(t.always([t.sigkill]), {"matchBinaries": [t.program("In", "/proc/1/root/b")]})])])),
	"an exempted program by its name": t.create(t.policy([t.kprobe("sys_mount", [object.union(t.always([t.sigkill]), {"matchBinaries": [t.program("NotIn", "nc")]})])])),
	"a beginning by its name": t.create(t.policy([t.kprobe("sys_mount", [object.union(t.always([t.sigkill]), {"matchBinaries": [t.program("Prefix", "bin/")]})])])),
	"an exempted ending with a slash": t.create(t.policy([t.kprobe("sys_mount", [object.union(t.always([t.sigkill]), {"matchBinaries": [t.program("NotPostfix", "bin/")]})])])),
	"a program by a double slash": t.create(t.policy([t.kprobe("sys_mount", [object.union(t.always([t.sigkill]), {"matchBinaries": [t.program("Prefix", "/a//b")]})])])),
	"a program by a dot": t.create(t.policy([t.kprobe("sys_mount", [object.union(t.always([t.sigkill]), {"matchBinaries": [t.program("Prefix", "/a/./b")]})])])),
	"a relative beginning": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("Prefix", "file", ["etc/"])], [t.override(-1)])])])),
	"part of a path by a way round": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("SubString", "file", ["a/../b"])], [t.override(-1)])])])),
	"part of a path with a star": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("SubStringIgnCase", "file", [".ssh/*"])], [t.override(-1)])])])),
}

pass := {
	"part of a path": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("SubString", "file", [".ssh/"])], [t.override(-1)])])])),
	"part of a path in any letters": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("SubStringIgnCase", "file", ["secret"])], [t.override(-1)])])])),
	"part of an object’s path": t.create(t.policy([object.union(t.kprobe("sys_unlinkat", [t.when([t.match("SubString", "string", [".ssh/"])], [t.override(-1)])]), {"object": true})])),
	"a kind of file": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("FileType", "file", ["sock"])], [t.override(-1)])])])),
	"an absolute path": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("Equal", "file", ["/etc/shadow"])], [t.override(-1)])])])),
	"a relative text of a call": t.create(t.policy([t.kprobe("sys_symlinkat", [t.when([t.match("Equal", "string", ["../shadow"])], [t.override(-1)])])])),
	"a file of memory": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("Prefix", "file", ["memfd:"])], [t.override(-1)])])])),
	"a directory": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("Prefix", "file", ["/data/"])], [t.override(-1)])])])),
	"a value in the prefix": t.create(t.policy([t.kprobe("sys_symlinkat", [t.when([t.match("Prefix", "string", ["/data/"]), t.match("Equal", "string", ["/data/x"])], [t.override(-1)])])])),
	"a prefix and a smaller exception": t.create(t.policy([t.kprobe("sys_symlinkat", [t.when([t.match("Prefix", "string", ["/data/"]), t.match("NotPrefix", "string", ["/data/a/"])], [t.override(-1)])])])),
	"a range of one": t.create(t.policy([t.kprobe("sys_mount", [t.when([t.match("GT", "int", ["5"]), t.match("LT", "int", ["7"])], [t.sigkill])])])),
	"the root": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("Equal", "file", ["/"])], [t.override(-1)])])])),
	"a name with a dot": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("Equal", "file", ["/a/.b"])], [t.override(-1)])])])),
	"the state of processes": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("Prefix", "file", ["/proc/self/status"])], [t.override(-1)])])])),
	"an ending without a slash": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("Postfix", "file", ["b"])], [t.override(-1)])])])),
	"a negated detour": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("NotEqual", "file", ["/a//b"])], [t.override(-1)])])])),
	"odd text": t.create(t.policy([t.kprobe("sys_unlinkat", [t.when([t.match("Equal", "string", ["/a//b"])], [t.override(-1)])])])),
	"text through another root": t.create(t.policy([t.kprobe("sys_unlinkat", [t.when([t.match("Prefix", "string", ["/proc/self/root/"])], [t.override(-1)])])])),
	"a number of an object": t.create(t.policy([object.union(t.kprobe("sys_unlinkat", [t.when([t.match("Equal", "int", ["5"])], [t.override(-1)])]), {"object": true})])),
	"two arguments": t.create(t.policy([t.kprobe("sys_unlinkat", [t.when([t.match("Equal", "string", ["/a"]), object.union(t.match("Equal", "string", ["/b"]), {"argPosition": 1})], [t.override(-1)])])])),
	"one of two values": t.create(t.policy([t.kprobe("sys_unlinkat", [t.when([t.match("Equal", "string", ["/a", "/b"]), t.match("Equal", "string", ["/b", "/c"])], [t.override(-1)])])])),
	"one that is not exempted": t.create(t.policy([t.kprobe("sys_unlinkat", [t.when([t.match("Equal", "string", ["/a", "/b"]), t.match("NotEqual", "string", ["/a"])], [t.override(-1)])])])),
	"one ending": t.create(t.policy([t.kprobe("sys_unlinkat", [t.when([t.match("Equal", "string", ["/a", "/b"]), t.match("Postfix", "string", ["b"])], [t.override(-1)])])])),
	"one that no ending exempts": t.create(t.policy([t.kprobe("sys_unlinkat", [t.when([t.match("Equal", "string", ["/a", "/b"]), t.match("NotPostfix", "string", ["b"])], [t.override(-1)])])])),
	"one of two beginnings": t.create(t.policy([t.kprobe("sys_unlinkat", [t.when([t.match("Equal", "string", ["/a", "/b"]), t.match("Prefix", "string", ["/b"])], [t.override(-1)])])])),
	"one that no beginning exempts": t.create(t.policy([t.kprobe("sys_unlinkat", [t.when([t.match("Equal", "string", ["/a", "/b"]), t.match("NotPrefix", "string", ["/a"])], [t.override(-1)])])])),
	"one beginning in another": t.create(t.policy([t.kprobe("sys_unlinkat", [t.when([t.match("Prefix", "string", ["/a"]), t.match("Prefix", "string", ["/a/b"])], [t.override(-1)])])])),
	"another beginning in one": t.create(t.policy([t.kprobe("sys_unlinkat", [t.when([t.match("Prefix", "string", ["/a/b"]), t.match("Prefix", "string", ["/a"])], [t.override(-1)])])])),
	"a beginning and another exemption": t.create(t.policy([t.kprobe("sys_unlinkat", [t.when([t.match("Prefix", "string", ["/a"]), t.match("NotPrefix", "string", ["/b"])], [t.override(-1)])])])),
	"a beginning and a value": t.create(t.policy([t.kprobe("sys_unlinkat", [t.when([t.match("Prefix", "string", ["/a"]), t.match("NotEqual", "string", ["/a"])], [t.override(-1)])])])),
	"several bounds": t.create(t.policy([t.kprobe("sys_unlinkat", [t.when([t.match("GT", "int", ["5", "1"]), t.match("LT", "int", ["6"])], [t.override(-1)])])])),
	"several upper bounds": t.create(t.policy([t.kprobe("sys_unlinkat", [t.when([t.match("GT", "int", ["5"]), t.match("LT", "int", ["6", "9"])], [t.override(-1)])])])),
	"two lower bounds": t.create(t.policy([t.kprobe("sys_unlinkat", [t.when([t.match("GT", "int", ["5"]), t.match("GT", "int", ["6"])], [t.override(-1)])])])),
	"a bit": t.create(t.policy([t.kprobe("sys_ptrace", [t.when([t.match("Mask", "uint32", ["0", "4"])], [t.sigkill])])])),
	"above": t.create(t.policy([t.kprobe("sys_ptrace", [t.when([t.match("GT", "uint32", ["5"])], [t.sigkill])])])),
	"below": t.create(t.policy([t.kprobe("sys_ptrace", [t.when([t.match("LT", "uint32", ["5"])], [t.sigkill])])])),
	"equal to nothing": t.create(t.policy([t.kprobe("sys_ptrace", [t.when([t.match("Equal", "uint32", ["0"])], [t.sigkill])])])),
	"equal to the most": t.create(t.policy([t.kprobe("sys_ptrace", [t.when([t.match("Equal", "uint32", ["4294967295"])], [t.sigkill])])])),
	"one of two programs": t.create(t.policy([t.kprobe("sys_mount", [object.union(t.always([t.sigkill]), {"matchBinaries": [object.union(t.program("In", "x"), {"values": ["/a", "/b"]}), object.union(t.program("In", "x"), {"values": ["/b", "/c"]})]})])])),
	"one that is not exempted of programs": t.create(t.policy([t.kprobe("sys_mount", [object.union(t.always([t.sigkill]), {"matchBinaries": [object.union(t.program("In", "x"), {"values": ["/a", "/b"]}), t.program("NotIn", "/a")]})])])),
	"a program and a beginning": t.create(t.policy([t.kprobe("sys_mount", [object.union(t.always([t.sigkill]), {"matchBinaries": [t.program("In", "/a"), t.program("Prefix", "/")]})])])),
	"two exempted programs": t.create(t.policy([t.kprobe("sys_mount", [object.union(t.always([t.sigkill]), {"matchBinaries": [t.program("NotIn", "/a"), t.program("NotIn", "/b")]})])])),
	"a beginning with a slash": t.create(t.policy([t.kprobe("sys_mount", [object.union(t.always([t.sigkill]), {"matchBinaries": [t.program("Prefix", "/a/")]})])])),
	"an exempted beginning with a slash": t.create(t.policy([t.kprobe("sys_mount", [object.union(t.always([t.sigkill]), {"matchBinaries": [t.program("NotPrefix", "/a/")]})])])),
	"an ending of a program": t.create(t.policy([t.kprobe("sys_mount", [object.union(t.always([t.sigkill]), {"matchBinaries": [t.program("Postfix", "nc")]})])])),
	"an exempted ending": t.create(t.policy([t.kprobe("sys_mount", [object.union(t.always([t.sigkill]), {"matchBinaries": [t.program("NotPostfix", "nc")]})])])),
	"a return that is hooked": t.create(t.policy([object.union(t.kprobe("sys_mount", [object.union(t.when(t.on_text, [t.post]), {"returnActions": [t.sigkill]})]), {"return": true})])),
	"watching a return": t.create(t.policy([t.kprobe("sys_mount", [object.union(t.when(t.on_text, [t.post]), {"returnActions": [t.post]})])])),
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
	"a relative path": {"deny"},
	"watching in vain": {"warn"},
	"a return that is not hooked": {"deny"},
	"two programs at once": {"deny"},
}

test_severities[name] if {
	some name, expected in severities
	found := {object.get(finding, "severity", "deny") | some finding in rule.findings} with input as deny[name]
	found == expected
}
