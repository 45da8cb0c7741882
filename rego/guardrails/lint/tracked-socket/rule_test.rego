package tracegate.guardrails.lint.tracked_socket_test

import data.tracegate.guardrails.lint.tracked_socket as rule
import data.tracegate.testing as t

deny := {
	"tracked for ever": t.create(t.policy([t.kprobe("tcp_connect", [t.always([t.action("TrackSock")])])])),
	"one that is returned": t.create(t.policy([object.union(t.kprobe("inet_csk_accept", [t.always([t.post])]), {"returnFollow": "TrackSock"})])),
	"at return": t.create(t.policy([t.kprobe("tcp_connect", [object.union(t.always([t.post]), {"returnActions": [t.action("TrackSock")]})])])),
}

pass := {
	"until it is closed": t.create(t.policy([t.kprobe("tcp_connect", [t.always([t.action("TrackSock")])]), t.kprobe("tcp_close", [t.always([t.action("UntrackSock")])])])),
	"as it is returned": t.create(t.policy([t.kprobe("tcp_connect", [t.always([t.action("TrackSock")])]), object.union(t.kprobe("tcp_close", [t.always([t.post])]), {"returnFollow": "UntrackSock"})])),
	"none is tracked": t.create(t.policy([t.kprobe("tcp_connect", [t.always([t.post])])])),
}

test_denies[name] if {
	some name, submission in deny
	count(rule.findings) > 0 with input as submission
}

test_passes[name] if {
	some name, submission in pass
	count(rule.findings) == 0 with input as submission
}
