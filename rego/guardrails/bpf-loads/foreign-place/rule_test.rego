package tracegate.guardrails.bpf_loads.foreign_place_test

import data.tracegate.guardrails.bpf_loads.foreign_place as rule
import data.tracegate.testing as t

deny := {
	"a container": t.at("container", t.load("known", {"path": "/usr/sbin/any-loader"}, [t.asking("xdp")])),
	"a user namespace": t.at("user namespace", t.load("known", {"path": "/usr/sbin/pod-loader"}, [t.asking("xdp")])),
	"a token": t.load("known", {"path": "/usr/sbin/any-loader"}, [{"asks": "token", "type": ""}]),
	"another user": object.union(t.load("known", {"path": "/usr/sbin/any-loader"}, [t.asking("xdp")]), {"load": {"user": "other"}}),
}

pass := {
	"named": t.at("container", t.load("known", {"path": "/usr/sbin/pod-loader"}, [t.asking("xdp")])),
	"the host": t.load("known", {"path": "/usr/sbin/any-loader"}, [t.asking("xdp")]),
	"a token granted": t.load("known", {"path": "/usr/sbin/pod-loader"}, [{"asks": "token", "type": ""}]),
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
