package tracegate.guardrails.bpf_loads.interpreter_test

import data.tracegate.guardrails.bpf_loads.interpreter as rule
import data.tracegate.testing as t

deny := {
	"python": t.load("known", {"path": "/usr/bin/python3.11"}, [t.asking("kprobe")]),
	"the dynamic linker": t.load("known", {"path": "/lib64/ld-linux-x86-64.so.2"}, [t.asking("kprobe")]),
}

pass := {
	"nobody knows which": t.load("unknown", {"path": "/usr/bin/python3.11"}, [t.asking("kprobe")]),
	"a program": t.load("known", {"path": "/usr/sbin/any-loader"}, [t.asking("kprobe")]),
}

organisation := t.loaders

test_denies[name] if {
	some name, submission in deny
	count(rule.findings) > 0 with input as submission with data.organisation.bpf.loaders as t.loaders.bpf.loaders
}

test_passes[name] if {
	some name, submission in pass
	count(rule.findings) == 0 with input as submission with data.organisation.bpf.loaders as t.loaders.bpf.loaders
}
