package tracegate.guardrails.self_protection.shadowed_test

import data.tracegate.guardrails.self_protection.shadowed as rule
import data.tracegate.testing as t

hook(selectors) := t.create(t.policy([t.kprobe("sys_symlinkat", selectors)]))

deny := {
	"one without filters": hook([t.always([t.post]), t.when(t.on_text, [t.override(-1)])]),
	"silence for all": hook([t.always([t.action("NoPost")]), t.when(t.on_text, [t.sigkill])]),
	"a wider prefix": hook([t.when([t.match("Prefix", "string", ["/data/"])], [t.post]), t.when(t.on_text, [t.sigkill])]),
	"a wider namespace": hook([t.namespaces("In", ["4026532000", "4026532001"], [t.post]), t.namespaces("In", ["4026532000"], [t.sigkill])]),
	"the same parent": hook([t.parents("In", ["/usr/bin/sh", "/usr/bin/nc"], [t.post]), t.parents("In", ["/usr/bin/nc"], [t.sigkill])]),
	"the same changes": hook([t.moves("In", ["User", "Net"], [t.post]), t.moves("In", ["User"], [t.sigkill])]),
	"a directory of programs": hook([t.binaries("Prefix", ["/usr/bin/"], [t.post]), t.binaries("In", ["/usr/bin/ln"], [t.sigkill])]),
	"an ending of programs": hook([t.binaries("Postfix", ["/ln"], [t.post]), t.binaries("In", ["/usr/bin/ln"], [t.sigkill])]),
	"the same binaries": hook([t.binaries("In", ["/usr/bin/ln", "/usr/bin/cp"], [t.post]), t.binaries("In", ["/usr/bin/ln"], [t.sigkill])]),
}

pass := {
	"the enforcing one first": hook([t.when(t.on_text, [t.override(-1)]), t.always([t.post])]),
	"another value first": hook([t.when([t.match("Equal", "string", ["/data/public"])], [t.post]), t.when(t.on_text, [t.sigkill])]),
	"another parent first": hook([t.parents("In", ["/usr/bin/sh"], [t.post]), t.parents("In", ["/usr/bin/nc"], [t.sigkill])]),
	"only those that changed first": hook([t.moves("In", ["User"], [t.post]), t.always([t.sigkill])]),
	"another directory first": hook([t.binaries("Prefix", ["/usr/sbin/"], [t.post]), t.binaries("In", ["/usr/bin/ln"], [t.sigkill])]),
	"other binaries first": hook([t.binaries("In", ["/usr/bin/cp"], [t.post]), t.binaries("In", ["/usr/bin/ln"], [t.sigkill])]),
	"another namespace first": hook([t.namespaces("In", ["4026532001"], [t.post]), t.namespaces("In", ["4026532000"], [t.sigkill])]),
	"capabilities first": hook([t.capabilities("In", ["CAP_SYS_ADMIN"], [t.post]), t.when(t.on_text, [t.sigkill])]),
	"nothing enforced": hook([t.always([t.post]), t.when(t.on_text, [t.post])]),
}

test_denies[name] if {
	some name, submission in deny
	count(rule.findings) > 0 with input as submission
}

test_passes[name] if {
	some name, submission in pass
	count(rule.findings) == 0 with input as submission
}
