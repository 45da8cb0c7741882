package tracegate.guardrails.blast_radius.essential_operation_test

import data.tracegate.guardrails.blast_radius.essential_operation as rule
import data.tracegate.testing as t

deny := {
	"what others than a named program start": t.create(t.policy([t.kprobe("sys_execve", [t.parents("NotIn", ["/usr/sbin/php-fpm"], [t.sigkill])])])),
	"outside of certain pods": t.create(t.policy([t.kprobe("sys_execve", [t.workloads(t.pods("NotIn", ["a"]), [t.sigkill])])])),
	"what only the host tells the type of": t.create(t.policy([t.tracepoint("raw_syscalls/sys_enter", [t.when([t.match("Equal", "auto", ["0"])], [t.sigkill])])])),
	"no filter": t.create(t.policy([t.kprobe("sys_openat", [t.always([t.override(-1)])])])),
	"only an exception": t.create(t.policy([t.kprobe("sys_execve", [t.binaries("NotIn", ["/usr/bin/nginx"], [t.override(-1)])])])),
	"a wide prefix": t.create(t.policy([t.kprobe("sys_execve", [t.when([t.match("Prefix", "string", ["/usr"])], [t.sigkill])])])),
	"the other spelling of it": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("Prefix", "file", ["/lib/"])], [t.override(-1)])])])),
	"an essential file": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("Equal", "file", ["/etc/ld.so.cache"])], [t.override(-1)])])])),
	"every address": t.create(t.policy([t.kprobe("sys_write", [t.when([t.match("DAddr", "sock", ["::/0"])], [t.sigkill])])])),
	"the whole host": t.create(t.policy([t.kprobe("sys_openat", [t.namespaces("In", ["host_ns"], [t.override(-1)])])])),
	"every descriptor above": t.create(t.policy([t.kprobe("sys_write", [t.when([t.match("GT", "int", ["2"])], [t.sigkill])])])),
	"a negation of an address": t.create(t.policy([t.kprobe("tcp_connect", [t.when([t.match("NotDAddr", "sock", ["10.0.0.0/8"])], [t.sigkill])])])),
	"all addresses": t.create(t.policy([t.kprobe("tcp_connect", [t.when([object.union(t.match("DAddr", "sock", ["10.0.0.0/8"]), {"everything": true})], [t.sigkill])])])),
	"text that is no path of a number": t.create(t.policy([t.kprobe("sys_openat", [t.when([object.union(t.match("Equal", "int", ["7"]), {"argIndex": 5})], [t.sigkill])])])),
	"every ending of one letter": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("Postfix", "file", ["e"])], [t.sigkill])])])),
	"a library by its ending": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("Postfix", "file", [".so.6"])], [t.sigkill])])])),
	"part of libc in any letters": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("SubStringIgnCase", "file", ["LIBC.SO"])], [t.sigkill])])])),
	"a beginning of libraries": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("Prefix", "file", ["/usr/lib"])], [t.sigkill])])])),
	"the password file": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("Equal", "file", ["/etc/passwd"])], [t.sigkill])])])),
	"family AF_UNSPEC": t.create(t.policy([t.kprobe("security_socket_connect", [t.when([t.match("Family", "sockaddr", ["AF_UNSPEC"])], [t.sigkill])])])),
	"family AF_UNIX": t.create(t.policy([t.kprobe("security_socket_connect", [t.when([t.match("Family", "sockaddr", ["AF_UNIX"])], [t.sigkill])])])),
	"family AF_INET": t.create(t.policy([t.kprobe("security_socket_connect", [t.when([t.match("Family", "sockaddr", ["AF_INET"])], [t.sigkill])])])),
	"family AF_INET6": t.create(t.policy([t.kprobe("security_socket_connect", [t.when([t.match("Family", "sockaddr", ["AF_INET6"])], [t.sigkill])])])),
	"family AF_NETLINK": t.create(t.policy([t.kprobe("security_socket_connect", [t.when([t.match("Family", "sockaddr", ["AF_NETLINK"])], [t.sigkill])])])),
	"protocol IPPROTO_IP": t.create(t.policy([t.kprobe("tcp_connect", [t.when([t.match("Protocol", "sock", ["IPPROTO_IP"])], [t.sigkill])])])),
	"protocol IPPROTO_TCP": t.create(t.policy([t.kprobe("tcp_connect", [t.when([t.match("Protocol", "sock", ["IPPROTO_TCP"])], [t.sigkill])])])),
	"protocol IPPROTO_UDP": t.create(t.policy([t.kprobe("tcp_connect", [t.when([t.match("Protocol", "sock", ["IPPROTO_UDP"])], [t.sigkill])])])),
	"a rare family beside TCP": t.create(t.policy([t.kprobe("security_socket_connect", [t.when([t.match("Family", "sockaddr", ["AF_VSOCK", "AF_INET"])], [t.sigkill])])])),
	"loopback of IPv6": t.create(t.policy([t.kprobe("tcp_connect", [t.when([t.match("DAddr", "sock", ["::1"])], [t.sigkill])])])),
	"loopback": t.create(t.policy([t.kprobe("tcp_connect", [t.when([t.match("DAddr", "sock", ["127.0.0.1"])], [t.sigkill])])])),
	"loopback as the other side": t.create(t.policy([t.kprobe("security_socket_connect", [t.when([t.match("SAddr", "sockaddr", ["127.0.0.0/8"])], [t.sigkill])])])),
	"the API server": t.create(t.policy([t.kprobe("tcp_connect", [t.when([t.match("DPort", "sock", ["6443"])], [t.sigkill])])])),
	"ports to the API server": t.create(t.policy([t.kprobe("tcp_connect", [t.when([t.match("SPort", "sock", ["6000:6443"])], [t.sigkill])])])),
	"ports from the API server": t.create(t.policy([t.kprobe("tcp_connect", [t.when([t.match("DPort", "sock", ["6443:7000"])], [t.sigkill])])])),
	"all of root": t.create(t.policy([t.kprobe("sys_openat", [t.when([object.union(t.match("Equal", "uint32", ["0"]), {"argIndex": -1})], [t.sigkill])])])),
	"all above a user": t.create(t.policy([t.kprobe("sys_openat", [t.when([object.union(t.match("GT", "uint32", ["1000"]), {"argIndex": -1})], [t.sigkill])])])),
	"a place that is not known": t.create(t.policy([t.kprobe("sys_openat", [t.when([object.union(t.match("Equal", "uint32", ["1000"]), {"argIndex": 1})], [t.sigkill])])])),
	"a frequent call by name": t.create(t.policy([t.kprobe("raw_syscalls/sys_enter", [t.when([t.match("InRange", "syscall64", ["sys_execve"])], [t.sigkill])])])),
	"a frequent 32-bit call by name": t.create(t.policy([t.kprobe("raw_syscalls/sys_enter", [t.when([t.match("InRange", "syscall64", ["i386/sys_execve"])], [t.sigkill])])])),
	"a frequent call by number": t.create(t.policy([t.kprobe("raw_syscalls/sys_enter", [t.when([t.match("Equal", "syscall64", ["59"])], [t.sigkill])])])),
	"calls from a number on": t.create(t.policy([t.kprobe("raw_syscalls/sys_enter", [t.when([t.match("GT", "syscall64", ["246"])], [t.sigkill])])])),
	"a range of calls": t.create(t.policy([t.kprobe("raw_syscalls/sys_enter", [t.when([t.match("InRange", "syscall64", ["246:250"])], [t.sigkill])])])),
	"any other name": t.create(t.policy([t.kprobe("raw_syscalls/sys_enter", [t.when([t.match("InRange", "syscall64", ["generated_syscalls"])], [t.sigkill])])])),
	"a stream among raw sockets": t.create(t.policy([t.kprobe("security_socket_create", [t.when([object.union(t.match("Equal", "int", ["3", "1"]), {"argIndex": 1})], [t.sigkill])])])),
	"types from two to five": t.create(t.policy([t.kprobe("security_socket_create", [t.when([object.union(t.match("InRange", "int", ["2:5"]), {"argIndex": 1})], [t.sigkill])])])),
	"types from two on": t.create(t.policy([t.kprobe("security_socket_create", [t.when([object.union(t.match("GT", "int", ["1"]), {"argIndex": 1})], [t.sigkill])])])),
	"types below": t.create(t.policy([t.kprobe("security_socket_create", [t.when([object.union(t.match("LT", "int", ["10"]), {"argIndex": 1})], [t.sigkill])])])),
	"new threads": t.create(t.policy([t.kprobe("sys_clone", [t.when([t.match("Mask", "uint64", ["256"])], [t.sigkill])])])),
	"new threads among others": t.create(t.policy([t.kprobe("sys_clone", [t.when([t.match("Mask", "uint64", ["268435456", "256"])], [t.sigkill])])])),
	"a stream by its tracepoint": t.create(t.policy([object.union(t.tracepoint("syscalls/sys_enter_socket", [t.when([object.union(t.match("Equal", "int", ["1"]), {"argIndex": 1})], [t.sigkill])]), {"also": "sys_socket"})])),
	"a range of a far argument": t.create(t.policy([t.kprobe("security_socket_create", [t.when([object.union(t.match("Equal", "int", ["3"]), {"argIndex": 10})], [t.sigkill])])])),
}

pass := {
	"what a named program starts": t.create(t.policy([t.kprobe("sys_execve", [t.parents("In", ["/usr/sbin/php-fpm"], [t.sigkill])])])),
	"in certain pods": t.create(t.policy([t.kprobe("sys_execve", [t.workloads(t.pods("In", ["a"]), [t.sigkill])])])),
	"of certain pods": t.create(object.union(t.policy([t.kprobe("sys_execve", [t.always([t.sigkill])])]), {"workloads": t.pods("In", ["a"])})),
	"one directory of its own": t.create(t.policy([t.kprobe("security_file_permission", [t.when([t.match("Prefix", "file", ["/data/"])], [t.override(-1)])])])),
	"a secret file": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("Equal", "file", ["/etc/shadow"])], [t.override(-1)])])])),
	"named programs": t.create(t.policy([t.kprobe("sys_execve", [t.binaries("In", ["/usr/bin/nc"], [t.sigkill])])])),
	"one address": t.create(t.policy([t.kprobe("sys_write", [t.when([t.match("DAddr", "sock", ["10.0.0.1/32"])], [t.override(-1)])])])),
	"one namespace": t.create(t.policy([t.kprobe("sys_openat", [t.namespaces("In", ["4026532000"], [t.override(-1)])])])),
	"another operation": t.create(t.policy([t.kprobe("sys_symlinkat", [t.when([t.match("Equal", "string", ["/etc/passwd"])], [t.override(-1)])])])),
	"an ending": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("Postfix", "file", [".secret"])], [t.sigkill])])])),
	"part of a name in any letters": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("SubStringIgnCase", "file", ["MySecret"])], [t.sigkill])])])),
	"a beginning": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("Prefix", "file", ["/data/"])], [t.sigkill])])])),
	"one file": t.create(t.policy([t.kprobe("security_file_open", [t.when([t.match("Equal", "file", ["/data/x"])], [t.sigkill])])])),
	"a rare family": t.create(t.policy([t.kprobe("security_socket_connect", [t.when([t.match("Family", "sockaddr", ["AF_VSOCK"])], [t.sigkill])])])),
	"a rare protocol": t.create(t.policy([t.kprobe("tcp_connect", [t.when([t.match("Protocol", "sock", ["IPPROTO_SCTP"])], [t.sigkill])])])),
	"what gains capabilities": t.create(t.policy([t.kprobe("security_bprm_creds_for_exec", [t.when([t.match("CapabilitiesGained", "cap_effective", ["1"])], [t.sigkill])])])),
	"a far network": t.create(t.policy([t.kprobe("tcp_connect", [t.when([t.match("DAddr", "sock", ["203.0.113.0/24"])], [t.sigkill])])])),
	"a far host": t.create(t.policy([t.kprobe("tcp_connect", [t.when([t.match("SAddr", "sock", ["203.0.113.7"])], [t.sigkill])])])),
	"a far host of IPv6": t.create(t.policy([t.kprobe("tcp_connect", [t.when([t.match("DAddr", "sock", ["2001:db8::7"])], [t.sigkill])])])),
	"a port": t.create(t.policy([t.kprobe("tcp_connect", [t.when([t.match("DPort", "sock", ["3333"])], [t.sigkill])])])),
	"a port of one’s own": t.create(t.policy([t.kprobe("tcp_connect", [t.when([t.match("SPort", "sock", ["3333"])], [t.sigkill])])])),
	"ports below": t.create(t.policy([t.kprobe("tcp_connect", [t.when([t.match("DPort", "sock", ["3000:6442"])], [t.sigkill])])])),
	"ports above": t.create(t.policy([t.kprobe("tcp_connect", [t.when([t.match("DPort", "sock", ["6444:7000"])], [t.sigkill])])])),
	"an ordinary user": t.create(t.policy([t.kprobe("sys_openat", [t.when([object.union(t.match("Equal", "uint32", ["1000"]), {"argIndex": -1})], [t.sigkill])])])),
	"a rare call by name": t.create(t.policy([t.kprobe("raw_syscalls/sys_enter", [t.when([t.match("InRange", "syscall64", ["sys_kexec_load"])], [t.sigkill])])])),
	"a rare 32-bit call by name": t.create(t.policy([t.kprobe("raw_syscalls/sys_enter", [t.when([t.match("InRange", "syscall64", ["i386/sys_kexec_load"])], [t.sigkill])])])),
	"a rare call by number": t.create(t.policy([t.kprobe("raw_syscalls/sys_enter", [t.when([t.match("Equal", "syscall64", ["246"])], [t.sigkill])])])),
	"a raw socket": t.create(t.policy([t.kprobe("security_socket_create", [t.when([object.union(t.match("Equal", "int", ["3"]), {"argIndex": 1})], [t.sigkill])])])),
	"types from three to five": t.create(t.policy([t.kprobe("security_socket_create", [t.when([object.union(t.match("InRange", "int", ["3:5"]), {"argIndex": 1})], [t.sigkill])])])),
	"types from three on": t.create(t.policy([t.kprobe("security_socket_create", [t.when([object.union(t.match("GT", "int", ["2"]), {"argIndex": 1})], [t.sigkill])])])),
	"new user namespaces": t.create(t.policy([t.kprobe("sys_clone", [t.when([t.match("Mask", "uint64", ["268435456"])], [t.sigkill])])])),
	"a raw socket by its tracepoint": t.create(t.policy([object.union(t.tracepoint("syscalls/sys_enter_socket", [t.when([object.union(t.match("Equal", "int", ["3"]), {"argIndex": 1})], [t.sigkill])]), {"also": "sys_socket"})])),
	"a kill in one namespace": t.create(t.policy([t.kprobe("sys_openat", [t.namespaces("In", ["4026533000"], [t.sigkill])])])),
	"one process": t.create(t.policy([t.kprobe("sys_openat", [t.pids("In", [77], false, [t.sigkill])])])),
}

test_denies[name] if {
	some name, submission in deny
	count(rule.findings) > 0 with input as submission
}

test_passes[name] if {
	some name, submission in pass
	count(rule.findings) == 0 with input as submission
}

says := {
	"loopback": "with 127.0.0.0/8 too",
	"the password file": "on /etc/passwd too",
	"all of root": "from everybody",
}

test_says[name] if {
	some name, text in says
	every finding in rule.findings { endswith(finding.message, text) } with input as deny[name]
}
