package tracegate.guardrails.blast_radius.odd_signal_test

import data.tracegate.guardrails.blast_radius.odd_signal as rule
import data.tracegate.testing as t

deny := {
	"SIGSTOP": t.create(t.policy([t.kprobe("sys_mount", [t.when(t.on_text, [t.signal(19, true)])])])),
	"SIGSEGV": t.create(t.policy([t.kprobe("sys_mount", [t.when(t.on_text, [t.signal(11, true)])])])),
	"a real-time signal": t.create(t.policy([t.kprobe("sys_mount", [t.when(t.on_text, [t.signal(34, true)])])])),
	"signal 18": t.create(t.policy([t.kprobe("sys_ptrace", [t.when(t.on_text, [t.signal(18, true)])])])),
	"signal 19": t.create(t.policy([t.kprobe("sys_ptrace", [t.when(t.on_text, [t.signal(19, true)])])])),
	"signal 20": t.create(t.policy([t.kprobe("sys_ptrace", [t.when(t.on_text, [t.signal(20, true)])])])),
	"signal 21": t.create(t.policy([t.kprobe("sys_ptrace", [t.when(t.on_text, [t.signal(21, true)])])])),
	"signal 22": t.create(t.policy([t.kprobe("sys_ptrace", [t.when(t.on_text, [t.signal(22, true)])])])),
	"signal 3": t.create(t.policy([t.kprobe("sys_ptrace", [t.when(t.on_text, [t.signal(3, true)])])])),
	"signal 4": t.create(t.policy([t.kprobe("sys_ptrace", [t.when(t.on_text, [t.signal(4, true)])])])),
	"signal 5": t.create(t.policy([t.kprobe("sys_ptrace", [t.when(t.on_text, [t.signal(5, true)])])])),
	"signal 6": t.create(t.policy([t.kprobe("sys_ptrace", [t.when(t.on_text, [t.signal(6, true)])])])),
	"signal 7": t.create(t.policy([t.kprobe("sys_ptrace", [t.when(t.on_text, [t.signal(7, true)])])])),
	"signal 8": t.create(t.policy([t.kprobe("sys_ptrace", [t.when(t.on_text, [t.signal(8, true)])])])),
	"signal 11": t.create(t.policy([t.kprobe("sys_ptrace", [t.when(t.on_text, [t.signal(11, true)])])])),
	"signal 24": t.create(t.policy([t.kprobe("sys_ptrace", [t.when(t.on_text, [t.signal(24, true)])])])),
	"signal 25": t.create(t.policy([t.kprobe("sys_ptrace", [t.when(t.on_text, [t.signal(25, true)])])])),
	"signal 31": t.create(t.policy([t.kprobe("sys_ptrace", [t.when(t.on_text, [t.signal(31, true)])])])),
	"signal 32": t.create(t.policy([t.kprobe("sys_ptrace", [t.when(t.on_text, [t.signal(32, true)])])])),
	"signal 64": t.create(t.policy([t.kprobe("sys_ptrace", [t.when(t.on_text, [t.signal(64, true)])])])),
}

pass := {
	"SIGTERM": t.create(t.policy([t.kprobe("sys_mount", [t.when(t.on_text, [t.signal(15, true)])])])),
	"Sigkill": t.create(t.policy([t.kprobe("sys_mount", [t.when(t.on_text, [t.sigkill])])])),
	"signal 1": t.create(t.policy([t.kprobe("sys_ptrace", [t.when(t.on_text, [t.signal(1, true)])])])),
	"signal 2": t.create(t.policy([t.kprobe("sys_ptrace", [t.when(t.on_text, [t.signal(2, true)])])])),
	"signal 9": t.create(t.policy([t.kprobe("sys_ptrace", [t.when(t.on_text, [t.signal(9, true)])])])),
	"signal 10": t.create(t.policy([t.kprobe("sys_ptrace", [t.when(t.on_text, [t.signal(10, true)])])])),
	"signal 12": t.create(t.policy([t.kprobe("sys_ptrace", [t.when(t.on_text, [t.signal(12, true)])])])),
	"signal 13": t.create(t.policy([t.kprobe("sys_ptrace", [t.when(t.on_text, [t.signal(13, true)])])])),
	"signal 14": t.create(t.policy([t.kprobe("sys_ptrace", [t.when(t.on_text, [t.signal(14, true)])])])),
	"signal 15": t.create(t.policy([t.kprobe("sys_ptrace", [t.when(t.on_text, [t.signal(15, true)])])])),
	"signal 16": t.create(t.policy([t.kprobe("sys_ptrace", [t.when(t.on_text, [t.signal(16, true)])])])),
	"signal 17": t.create(t.policy([t.kprobe("sys_ptrace", [t.when(t.on_text, [t.signal(17, true)])])])),
	"signal 23": t.create(t.policy([t.kprobe("sys_ptrace", [t.when(t.on_text, [t.signal(23, true)])])])),
	"signal 26": t.create(t.policy([t.kprobe("sys_ptrace", [t.when(t.on_text, [t.signal(26, true)])])])),
	"signal 27": t.create(t.policy([t.kprobe("sys_ptrace", [t.when(t.on_text, [t.signal(27, true)])])])),
	"signal 28": t.create(t.policy([t.kprobe("sys_ptrace", [t.when(t.on_text, [t.signal(28, true)])])])),
	"signal 29": t.create(t.policy([t.kprobe("sys_ptrace", [t.when(t.on_text, [t.signal(29, true)])])])),
	"signal 30": t.create(t.policy([t.kprobe("sys_ptrace", [t.when(t.on_text, [t.signal(30, true)])])])),
	"another action": t.create(t.policy([t.kprobe("sys_ptrace", [t.when(t.on_text, [object.union(t.override(-1), {"argSig": 19})])])])),
}

test_denies[name] if {
	some name, submission in deny
	count(rule.findings) > 0 with input as submission
}

test_passes[name] if {
	some name, submission in pass
	count(rule.findings) == 0 with input as submission
}

says := {"signal 19": "stops or continues the process", "signal 6": "makes the process dump its memory", "signal 64": "means what the program makes of it"}

test_says[name] if {
	some name, text in says
	every finding in rule.findings { endswith(finding.message, text) } with input as deny[name]
}
