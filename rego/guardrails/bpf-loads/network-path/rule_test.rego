package tracegate.guardrails.bpf_loads.network_path_test

import data.tracegate.guardrails.bpf_loads.network_path as rule
import data.tracegate.testing as t

deny := {
	"the runtime, of what it does not need": t.load("known", {"path": "/usr/bin/runc"}, [t.asking("xdp")]),
	"without types": t.load("known", {"path": "/usr/sbin/any-loader"}, [t.asking("xdp")]),
	"another type": t.load("known", {"path": "/usr/sbin/loader-xdp"}, [t.asking("cgroup_skb")]),
}

pass := {
	"something else than a load": t.load("known", {"path": "/usr/sbin/any-loader"}, [{"asks": "token", "type": "xdp"}]),
	"named": t.load("known", {"path": "/usr/sbin/loader-xdp"}, [t.asking("xdp")]),
	"learned": t.load("known", {"path": "/opt/x", "learned": ["xdp"]}, [t.asking("xdp")]),
	"the runtime": t.load("known", {"path": "/usr/bin/runc"}, [t.asking("cgroup_device")]),
	"no network": t.load("known", {"path": "/usr/sbin/any-loader"}, [t.asking("kprobe")]),
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
