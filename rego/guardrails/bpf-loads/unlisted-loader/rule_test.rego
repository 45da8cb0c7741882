package tracegate.guardrails.bpf_loads.unlisted_loader_test

import data.tracegate.guardrails.bpf_loads.unlisted_loader as rule
import data.tracegate.testing as t

deny := {
	"nobody": t.load("unknown", {}, [t.asking("kprobe")]),
	"of another type": t.load("known", {"path": "/usr/sbin/loader-xdp"}, [t.asking("kprobe")]),
	"another digest": t.load("known", {"path": "/usr/sbin/pinned-loader", "digest": "sha256:ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"}, [t.asking("xdp")]),
	"a pin by nobody": t.load("unknown", {}, [{"asks": "pin", "type": ""}]),
	"a runtime that traces": t.load("known", {"path": "/usr/bin/runc"}, [t.asking("kprobe")]),
}

pass := {
	"a pin by a runtime": t.load("known", {"path": "/usr/bin/runc"}, [{"asks": "pin", "type": ""}]),
	"listed": t.load("known", {"path": "/usr/sbin/loader-xdp"}, [t.asking("xdp")]),
	"learned": t.load("known", {"path": "/opt/x", "learned": ["kprobe"]}, [t.asking("kprobe")]),
	"its digest": t.load("known", {"path": "/usr/sbin/pinned-loader", "digest": "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}, [t.asking("xdp")]),
	"a runtime": t.load("known", {"path": "/usr/bin/runc"}, [t.asking("cgroup_device")]),
	"any type": t.load("known", {"path": "/usr/sbin/any-loader"}, [t.asking("kprobe"), {"asks": "pin", "type": ""}]),
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
