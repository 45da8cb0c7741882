# METADATA
# scope: package
# title: What filters say of lists of paths, tested
package tracegate.paths_test

import data.tracegate.paths

programs := paths.lists.programs

asked(operator, values) := paths.included({"operator": operator, "values": values}, programs)

test_whole_paths_in_either_spelling if {
	asked("Equal", ["/usr/sbin/init", "/sbin/init", "/usr/bin/none"]) == ["/usr/sbin/init", "/sbin/init"]
	asked("In", ["/usr/bin/kubelet"]) == ["/usr/bin/kubelet"]
	asked("NotIn", ["/usr/bin/kubelet"]) == []
}

test_beginnings_longer_and_shorter_than_a_key if {
	"/usr/sbin/sshd" in asked("Prefix", ["/usr/sbin/ss"])
	asked("Prefix", ["/usr/sbin/ssx"]) == []
	asked("Prefix", ["/core"]) == ["/coredns"]
	asked("Prefix", ["/coredns2"]) == []
	count(asked("Prefix", ["/"])) == count(programs.paths)
	count(asked("Prefix", [""])) == count(programs.paths)
}

test_endings_longer_and_shorter_than_a_key if {
	asked("Postfix", ["/systemd-logind"]) == ["/usr/lib/systemd/systemd-logind", "/lib/systemd/systemd-logind"]
	asked("Postfix", ["/xystemd-logind"]) == []
	count(asked("Postfix", ["redns"])) == 3
	count(asked("Postfix", ["oredns"])) == 3
	asked("Postfix", ["xredns"]) == []
	asked("Postfix", ["x/coredns"]) == []
	count(asked("Postfix", [""])) == count(programs.paths)
}

test_parts_in_any_case if {
	"/usr/sbin/NetworkManager" in asked("SubString", ["Manager"])
	"/usr/sbin/NetworkManager" in asked("SubStringIgnCase", ["MANAGER"])
	asked("SubString", ["no-such-program"]) == []
	not paths.aimed_at({"operator": "SubString", "values": ["Manager"]}, programs)
	not paths.aimed_at({"operator": "SubStringIgnCase", "values": ["Manager"]}, programs)
	paths.aimed_at({"operator": "Equal", "values": ["/coredns"]}, programs) == ["/coredns"]
}

test_one_spelling_of_a_merged_usr if {
	paths.merged("/bin/sh") == "/usr/bin/sh"
	paths.merged("/lib64/ld.so") == "/usr/lib64/ld.so"
	paths.merged("/opt/sh") == "/opt/sh"
	paths.merged("/binary") == "/binary"
}
