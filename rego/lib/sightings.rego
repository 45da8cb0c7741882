# METADATA
# scope: package
# title: Facts that rules about what was done with eBPF share
# description: >-
#   What has happened is judged afterwards, by what the watch tells of it: nothing is denied any more, somebody is told. `input.activity`
#   says what was seen.
package tracegate.sightings

import data.tracegate.loads

activity := input.activity

# METADATA
# description: What was seen, where it is of that kind and somebody else's.
of(what_) := activity if {
	activity.what == what_
	not activity.ours
}

loaded := of("loaded")

# METADATA
# description: What the host itself cannot do without.
essential if activity.loader.path in loads.bpf.essential

who := "a loader whose file is not known" if {
	activity.loader.path == ""
} else := activity.loader.path

what := $"a program of type {activity.program.type}" if {
	activity.program.name == ""
} else := $"{activity.program.name} ({activity.program.type})"

loader_too := "" if {
	activity.sameLoader
} else := "; the loader is another file too"
