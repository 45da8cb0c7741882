package tracegate.guardrails.lint.io_uring_test

import data.tracegate.guardrails.lint.io_uring as rule
import data.tracegate.testing as t

planned(guarantee, mechanism, hooks) := object.union(
	t.create(t.policy(hooks)),
	{"planned": [object.union(t.planned(guarantee, false), {"mechanism": mechanism})]},
)

deny := {
	"opening": t.create(t.policy([t.kprobe("sys_openat", [t.binaries("In", ["/opt/app/app"], [t.override(-1)])])])),
	"two of a list": t.create(t.policy([t.kprobe("sys_openat", [t.binaries("In", ["/opt/app/app"], [t.override(-1)])]), t.kprobe("sys_connect", [t.binaries("In", ["/opt/app/app"], [t.override(-1)])])])),
	"two entries": t.create(t.policy([denied("sys_openat", 0), denied("sys_connect", 1)])),
	"behind one that a ring cannot do": t.create(t.policy([denied("sys_ptrace", 0), denied("sys_openat", 0)])),
}

denied(call, entry) := object.union(
	t.kprobe(call, [t.binaries("In", ["/opt/app/app"], [t.override(-1)])]),
	{"path": $"/spec/kprobes/{entry}"},
)

counts := {"two entries": 2, "two of a list": 1, "behind one that a ring cannot do": 1}

test_counts[name] if {
	some name, number in counts
	count(rule.findings) == number with input as deny[name]
}

says := {"behind one that a ring cannot do": "sys_openat may be asked"}

test_says[name] if {
	some name, part in says
	found := [finding.message | some finding in rule.findings] with input as deny[name]
	some message in found
	contains(message, part)
}

pass := {
	"what a ring cannot do": t.create(t.policy([t.kprobe("sys_ptrace", [t.binaries("In", ["/opt/app/app"], [t.override(-1)])])])),
	"no rings": t.create(t.policy([t.kprobe("sys_openat", [t.binaries("In", ["/opt/app/app"], [t.override(-1)])]), t.kprobe("sys_io_uring_setup", [t.binaries("In", ["/opt/app/app"], [t.override(-1)])])])),
	"decided behind it": planned("denied-before-effect", "lsm/security_file_open", [t.kprobe("sys_openat", [t.binaries("In", ["/opt/app/app"], [t.override(-1)])])]),
	"the check": t.create(t.policy([t.kprobe("security_file_open", [t.binaries("In", ["/opt/app/app"], [t.override(-1)])])])),
	"a hook of that name": t.create(t.policy([object.union(t.kprobe("sys_openat", [t.binaries("In", ["/a"], [t.override(-1)])]), {"syscall": false})])),
	"no rings by another door": t.create(t.policy([t.kprobe("sys_openat", [t.binaries("In", ["/a"], [t.override(-1)])]), t.kprobe("io_uring_setup", [t.binaries("In", ["/a"], [t.sigkill])])])),
	"no polling": t.create(t.policy([t.kprobe("sys_openat", [t.binaries("In", ["/a"], [t.override(-1)])]), t.kprobe("security_uring_sqpoll", [t.binaries("In", ["/a"], [t.override(-1)])])])),
}

test_denies[name] if {
	some name, submission in deny
	count(rule.findings) > 0 with input as submission
}

test_passes[name] if {
	some name, submission in pass
	count(rule.findings) == 0 with input as submission
}
