package tracegate.guardrails.lint.never_matches_test

import data.tracegate.guardrails.lint.never_matches as rule
import data.tracegate.testing as t

pid(operator, values, more) := object.union({"path": "/spec/kprobes/0/selectors/0/matchPIDs/0", "operator": operator, "values": values}, more)

of(namespace, operator) := {"path": "/spec/kprobes/0/selectors/0/matchNamespaces/0", "namespace": namespace, "operator": operator, "values": ["4026532999"]}

may(type, operator) := {"path": "/spec/kprobes/0/selectors/0/matchCapabilities/0", "type": type, "operator": operator, "values": ["CAP_BPF"]}

# METADATA
# description: One that kills by two filters at once.
both(one, other) := t.create(t.policy([t.kprobe("tcp_connect", [t.when([one, other], [t.sigkill])])]))

# METADATA
# description: So many values with these letters before and behind them that they are no longer compared with 25 others.
forty(before, behind) := [$"{before}{n}{behind}" | some n in numbers.range(10, 49)]

twenty_five(before, behind) := [$"{before}{n}{behind}" | some n in numbers.range(50, 74)]

deny := {
	"two families": t.create(t.policy([t.kprobe("tcp_connect", [t.when([t.match("Family", "sock", ["AF_INET"]), t.match("Family", "sock", ["AF_INET6"])], [t.sigkill])])])),
	"two kinds of file": t.create(t.policy([t.kprobe("tcp_connect", [t.when([t.match("FileType", "sock", ["reg"]), t.match("FileType", "sock", ["dir", "lnk"])], [t.sigkill])])])),
	"a kind of file but for itself": t.create(t.policy([t.kprobe("tcp_connect", [t.when([t.match("FileType", "sock", ["reg"]), t.match("NotFileType", "sock", ["reg", "dir"])], [t.sigkill])])])),
	"two endings": t.create(t.policy([t.kprobe("tcp_connect", [t.when([t.match("Postfix", "sock", ["/a.key"]), t.match("Postfix", "sock", [".pem", "b.key"])], [t.sigkill])])])),
	"but for a wider ending": t.create(t.policy([t.kprobe("tcp_connect", [t.when([t.match("NotPostfix", "sock", [".key"]), t.match("Postfix", "sock", ["a.key", ".key"])], [t.sigkill])])])),
	"a process but for itself": t.create(t.policy([t.kprobe("sys_mount", [object.union(t.always([t.sigkill]), {"matchPIDs": [pid("In", [7], {}), pid("NotIn", [7, 8], {})]})])])),
	"a namespace but for itself": t.create(t.policy([t.kprobe("sys_mount", [object.union(t.always([t.sigkill]), {"matchNamespaces": [of("Net", "NotIn"), of("Net", "In")]})])])),
	"a capability but for itself": t.create(t.policy([t.kprobe("sys_mount", [object.union(t.always([t.sigkill]), {"matchCapabilities": [may("Effective", "In"), may("Effective", "NotIn")]})])])),
	"two ports at once": t.create(t.policy([t.kprobe("tcp_connect", [t.when([t.match("DPort", "sock", ["22"]), t.match("DPort", "sock", ["443", "1000:2000"])], [t.sigkill])])])),
	"ports one after the other": t.create(t.policy([t.kprobe("tcp_connect", [t.when([t.match("SPort", "sock", ["20:30"]), t.match("SPort", "sock", ["1:19"])], [t.sigkill])])])),
	"two networks at once": t.create(t.policy([t.kprobe("tcp_connect", [t.when([t.match("DAddr", "sock", ["10.0.0.0/8"]), t.match("DAddr", "sock", ["192.168.0.0/16"])], [t.sigkill])])])),
	"two ranges at once": t.create(t.policy([t.kprobe("tcp_connect", [t.when([t.match("InRange", "sock", ["1:5"]), t.match("InRange", "sock", ["6:9"])], [t.sigkill])])])),
	"a network without itself": t.create(t.policy([t.kprobe("tcp_connect", [t.when([t.match("SAddr", "sock", ["10.1.0.0/16"]), t.match("NotSAddr", "sock", ["10.0.0.0/8"])], [t.sigkill])])])),
	"but for the networks in it": t.create(t.policy([t.kprobe("tcp_connect", [t.when([t.match("NotDAddr", "sock", ["10.0.0.0/8"]), t.match("DAddr", "sock", ["10.1.0.0/16"])], [t.sigkill])])])),
	"ports without themselves": t.create(t.policy([t.kprobe("tcp_connect", [t.when([t.match("DPort", "sock", ["22", "80:90"]), t.match("NotDPort", "sock", ["1:1023"])], [t.sigkill])])])),
	"but for the ports in it": t.create(t.policy([t.kprobe("tcp_connect", [t.when([t.match("NotSPort", "sock", ["1:1023"]), t.match("SPort", "sock", ["22"])], [t.sigkill])])])),
	"a regular expression from its beginning": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("Postfix", "file", ["^/srv/a"])], [t.override(-1)])])])),
	"a pattern of a shell": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("Equal", "file", ["/srv/{a,b}.conf"])], [t.override(-1)])])])),
	"one letter of any kind": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("Prefix", "file", ["/srv/?/"])], [t.override(-1)])])])),
	"a set of letters": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("Equal", "file", ["/srv/[ab]"])], [t.override(-1)])])])),
	"a regular expression": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("Equal", "file", ["/srv/.+"])], [t.override(-1)])])])),
	"the end of a regular expression": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("Postfix", "file", ["/key$"])], [t.override(-1)])])])),
	"a space at the end": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("Equal", "file", ["/srv/key "])], [t.override(-1)])])])),
	"a line’s end at the end": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("Postfix", "file", ["/key\n"])], [t.override(-1)])])])),
	"the directory above": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("Equal", "file", ["/srv/a/.."])], [t.override(-1)])])])),
	"the directory by a dot": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("Equal", "file", ["/srv/a/."])], [t.override(-1)])])])),
	"a pattern for a program": t.create(t.policy([t.kprobe("sys_mount", [t.binaries("In", ["/usr/bin/ba?h"], [t.sigkill])])])),
	"a program with a space at its end": t.create(t.policy([t.kprobe("sys_mount", [t.binaries("In", ["/usr/bin/nc "], [t.sigkill])])])),
	"a program that was deleted": t.create(t.policy([t.kprobe("sys_mount", [t.binaries("In", ["/usr/bin/nc (deleted)"], [t.sigkill])])])),
	"a value below a bound": t.create(t.policy([t.kprobe("sys_mount", [t.when([t.match("Equal", "int", ["16"]), t.match("GT", "int", ["16"])], [t.sigkill])])])),
	"a value above a bound": t.create(t.policy([t.kprobe("sys_mount", [t.when([t.match("LT", "int", ["16"]), t.match("Equal", "int", ["16"])], [t.sigkill])])])),
	"a value before a range": t.create(t.policy([t.kprobe("sys_mount", [t.when([t.match("Equal", "int", ["16"]), t.match("InRange", "int", ["17:20"])], [t.sigkill])])])),
	"a value behind a range": t.create(t.policy([t.kprobe("sys_mount", [t.when([t.match("Equal", "int", ["21"]), t.match("InRange", "int", ["17:20"])], [t.sigkill])])])),
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
	"two protocols": both(t.match("Protocol", "sock", ["IPPROTO_TCP"]), t.match("Protocol", "sock", ["IPPROTO_UDP"])),
	"two states": both(t.match("State", "sock", ["TCP_LISTEN"]), t.match("State", "sock", ["TCP_CLOSE"])),
	"two sources at once": both(t.match("SAddr", "sock", ["10.0.0.0/8"]), t.match("SAddr", "sock", ["192.168.0.0/16"])),
	"a range but for itself": both(t.match("InRange", "sock", ["5:6"]), t.match("NotInRange", "sock", ["1:9"])),
	"two plain programs at once": t.create(t.policy([t.kprobe("sys_mount", [object.union(t.always([t.sigkill]), {"matchBinaries": [object.union(t.program("In", "/a"), {"plain": true}), object.union(t.program("In", "/b"), {"plain": true})]})])])),
}

pass := {
	"a family in a range": t.create(t.policy([t.kprobe("tcp_connect", [t.when([t.match("Family", "sock", ["AF_INET"]), t.match("Family", "sock", ["1:10"])], [t.sigkill])])])),
	"a family of two": t.create(t.policy([t.kprobe("tcp_connect", [t.when([t.match("Family", "sock", ["AF_INET"]), t.match("Family", "sock", ["AF_INET6", "AF_INET"])], [t.sigkill])])])),
	"an ending in another": t.create(t.policy([t.kprobe("tcp_connect", [t.when([t.match("Postfix", "sock", [".key"]), t.match("Postfix", "sock", ["a.key"])], [t.sigkill])])])),
	"an ending in another the other way": t.create(t.policy([t.kprobe("tcp_connect", [t.when([t.match("Postfix", "sock", ["a.key"]), t.match("Postfix", "sock", [".key"])], [t.sigkill])])])),
	"but for a longer ending": t.create(t.policy([t.kprobe("tcp_connect", [t.when([t.match("Postfix", "sock", [".key"]), t.match("NotPostfix", "sock", ["a.key"])], [t.sigkill])])])),
	"a kind of file but for another": t.create(t.policy([t.kprobe("tcp_connect", [t.when([t.match("FileType", "sock", ["reg", "lnk"]), t.match("NotFileType", "sock", ["lnk"])], [t.sigkill])])])),
	"some processes but for one": t.create(t.policy([t.kprobe("sys_mount", [object.union(t.always([t.sigkill]), {"matchPIDs": [pid("In", [7, 8], {}), pid("NotIn", [7], {})]})])])),
	"a process but for what it starts": t.create(t.policy([t.kprobe("sys_mount", [object.union(t.always([t.sigkill]), {"matchPIDs": [pid("In", [7], {}), pid("NotIn", [7], {"followForks": true})]})])])),
	"one namespace but for another": t.create(t.policy([t.kprobe("sys_mount", [object.union(t.always([t.sigkill]), {"matchNamespaces": [of("Net", "NotIn"), of("Mnt", "In")]})])])),
	"a capability now but not later": t.create(t.policy([t.kprobe("sys_mount", [object.union(t.always([t.sigkill]), {"matchCapabilities": [may("Effective", "In"), may("Permitted", "NotIn")]})])])),
	"two that are meant": t.create(t.policy([t.kprobe("sys_mount", [object.union(t.always([t.sigkill]), {"matchPIDs": [pid("In", [7], {}), pid("In", [7], {})]})])])),
	"ports that meet": t.create(t.policy([t.kprobe("tcp_connect", [t.when([t.match("DPort", "sock", ["22", "80"]), t.match("DPort", "sock", ["80:90"])], [t.sigkill])])])),
	"ranges that meet": t.create(t.policy([t.kprobe("tcp_connect", [t.when([t.match("InRange", "sock", ["1:5"]), t.match("InRange", "sock", ["5:9"])], [t.sigkill])])])),
	"ranges that meet the other way": t.create(t.policy([t.kprobe("tcp_connect", [t.when([t.match("InRange", "sock", ["5:9"]), t.match("InRange", "sock", ["1:5"])], [t.sigkill])])])),
	"networks that meet": t.create(t.policy([t.kprobe("tcp_connect", [t.when([t.match("DAddr", "sock", ["10.0.0.0/8"]), t.match("DAddr", "sock", ["10.1.0.0/16", "1.1.1.1"])], [t.sigkill])])])),
	"some of a network": t.create(t.policy([t.kprobe("tcp_connect", [t.when([t.match("DAddr", "sock", ["10.0.0.0/8"]), t.match("NotDAddr", "sock", ["10.1.0.0/16"])], [t.sigkill])])])),
	"some of the ports": t.create(t.policy([t.kprobe("tcp_connect", [t.when([t.match("DPort", "sock", ["22", "8080"]), t.match("NotDPort", "sock", ["1:1023"])], [t.sigkill])])])),
	"ports of both ends": t.create(t.policy([t.kprobe("tcp_connect", [t.when([t.match("DPort", "sock", ["22"]), t.match("SPort", "sock", ["23"])], [t.sigkill])])])),
	"ports but for those of the other end": t.create(t.policy([t.kprobe("tcp_connect", [t.when([t.match("DPort", "sock", ["22"]), t.match("NotSPort", "sock", ["22"])], [t.sigkill])])])),
	"a star in what is written": t.create(t.policy([t.kprobe("sys_write", [t.when([t.match("Prefix", "char_buf", ["SELECT * FROM"])], [t.sigkill])])])),
	"a star in what a program hands on": t.create(t.policy([object.union(t.kprobe("/usr/lib/libpq.so:PQexec", [t.when([t.match("SubString", "string", ["SELECT *"])], [t.post])]), {"type": "uprobe"})])),
	"a name with a bar and a caret": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("Equal", "file", ["/srv/a|b^{c"])], [t.override(-1)])])])),
	"the program of one bracket": t.create(t.policy([t.kprobe("sys_mount", [t.binaries("In", ["/usr/bin/["], [t.sigkill])])])),
	"a beginning with a space": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("Prefix", "file", ["/srv/my "])], [t.override(-1)])])])),
	"a plus in a name": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("Equal", "file", ["/usr/bin/g++"])], [t.override(-1)])])])),
	"hidden directories": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("Equal", "file", ["/srv/..data", "/srv/..."])], [t.override(-1)])])])),
	"a template unit": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("Equal", "file", ["/srv/x@.service", "/srv/{x}"])], [t.override(-1)])])])),
	"a value above a bound it is over": t.create(t.policy([t.kprobe("sys_mount", [t.when([t.match("Equal", "int", ["17"]), t.match("GT", "int", ["16"])], [t.sigkill])])])),
	"a value below a bound it is under": t.create(t.policy([t.kprobe("sys_mount", [t.when([t.match("Equal", "int", ["15"]), t.match("LT", "int", ["16"])], [t.sigkill])])])),
	"a value in a range": t.create(t.policy([t.kprobe("sys_mount", [t.when([t.match("Equal", "int", ["17"]), t.match("InRange", "int", ["17:17"])], [t.sigkill])])])),
	"one value of two in a range": t.create(t.policy([t.kprobe("sys_mount", [t.when([t.match("Equal", "int", ["1", "18"]), t.match("InRange", "int", ["17:18", "30:40"])], [t.sigkill])])])),
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
	"a family and a protocol": both(t.match("Family", "sock", ["AF_INET"]), t.match("Protocol", "sock", ["IPPROTO_TCP"])),
	"a beginning and an ending": both(t.match("Prefix", "string", ["/srv/"]), t.match("Postfix", "string", [".key"])),
	"an ending and a beginning": both(t.match("Postfix", "string", [".key"]), t.match("Prefix", "string", ["/srv/"])),
	"a beginning but for an ending": both(t.match("Prefix", "string", ["/srv/a.key"]), t.match("NotPostfix", "string", [".key"])),
	"a kind of file of two": both(t.match("FileType", "sock", ["reg"]), t.match("FileType", "sock", ["reg", "lnk"])),
	"an ending called like a kind of file": both(t.match("Postfix", "sock", ["reg"]), t.match("NotFileType", "sock", ["reg"])),
	"a network in a network": both(t.match("DAddr", "sock", ["10.0.0.0/8"]), t.match("DAddr", "sock", ["10.1.0.0/16"])),
	"an address of IPv6 twice": both(t.match("DAddr", "sock", ["2001:db8::7"]), t.match("DAddr", "sock", ["2001:db8::7"])),
	"a source of IPv6 twice": both(t.match("SAddr", "sock", ["2001:db8::7"]), t.match("SAddr", "sock", ["2001:db8::7"])),
	"a text that reads like an address": both(t.match("Equal", "string", ["10.1.2.3"]), t.match("NotEqual", "string", ["10.0.0.0/8"])),
	"a text that reads like a port": both(t.match("Prefix", "string", ["22"]), t.match("NotPrefix", "string", ["1:30"])),
	"very many ports at once": both(t.match("DPort", "sock", forty("1", "0")), t.match("DPort", "sock", twenty_five("1", "0"))),
	"very many endings at once": both(t.match("Postfix", "sock", forty("a", "")), t.match("Postfix", "sock", twenty_five("a", ""))),
	"very many networks but for themselves": both(t.match("DAddr", "sock", forty("10.0.0.", "")), t.match("NotDAddr", "sock", array.concat(["10.0.0.0/8"], twenty_five("10.1.0.", "")))),
	"very many ports but for themselves": both(t.match("DPort", "sock", forty("1", "0")), t.match("NotDPort", "sock", array.concat(["1:9999"], twenty_five("1", "0")))),
	"very many endings but for themselves": both(t.match("Postfix", "sock", forty("", "a")), t.match("NotPostfix", "sock", array.concat(["a"], twenty_five("", "b")))),
	"two capabilities at once": t.create(t.policy([t.kprobe("sys_mount", [object.union(t.always([t.sigkill]), {"matchCapabilities": [may("Effective", "In"), object.union(may("Effective", "In"), {"values": ["CAP_SYS_ADMIN"]})]})])])),
	"a capability in a namespace but not on the host": t.create(t.policy([t.kprobe("sys_mount", [object.union(t.always([t.sigkill]), {"matchCapabilities": [object.union(may("Effective", "In"), {"isNamespaceCapability": true}), may("Effective", "NotIn")]})])])),
	"a process by its number in a namespace but not on the host": t.create(t.policy([t.kprobe("sys_mount", [object.union(t.always([t.sigkill]), {"matchPIDs": [pid("In", [7], {"isNamespacePID": true}), pid("NotIn", [7], {})]})])])),
	"a star in what a program hands to its probe": t.create(t.policy([object.union(t.kprobe("/usr/lib/libpq.so:postgresql:query", [t.when([t.match("SubString", "string", ["SELECT *"])], [t.post])]), {"type": "usdt"})])),
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

says := {
	"two values at once": "no value can be Equal /a and Equal /b: this selector never matches",
	"no bit": "Mask on sys_mount never matches 0: no bit is asked for",
	"a program by its name": "In nc never matches: programs are compared by their absolute path",
}

test_says_each_once[name] if {
	some name, text in says
	found := [finding.message | some finding in rule.findings] with input as deny[name]
	found == [text]
}
