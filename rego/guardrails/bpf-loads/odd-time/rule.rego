# METADATA
# scope: package
# title: Programs are loaded in the open
# description: >-
#   A program that can deny or change something was in force for less than a second; a loader loads more programs
#   in a minute than data.bpf.loadsPerMinute; or something is loaded outside of the times in
#   data.bpf.maintenance, where there are some. What the host cannot do without (data.bpf.essential) may.
# custom:
#   id: BPG-910
#   severity: high
#   why: >-
#     Who hides a program puts it there for the moment that it is needed, or between many that mean nothing.
#   fix: >-
#     Ask who runs the loader. Raise `loadsPerMinute` or name the time in `maintenance` where it is as it should be.
#   since: "0.1.0"
#   modes: {baseline: enforce, standard: enforce, strict: enforce}
#   monitor: keep
#   exceptions: approved
#   applies: [activity]
#   parameters: [bpf]
package tracegate.guardrails.bpf_loads.odd_time

import data.tracegate.loads
import data.tracegate.sightings

findings contains {"path": "/activity/seconds", "message": message} if {
	seen := sightings.of("gone")
	not sightings.essential
	seen.attached
	seen.seconds < 1
	acts(seen.program)
	message := $"{sightings.who} had {sightings.what} in force for {seen.seconds} seconds only"
}

findings contains {"path": "/activity/count", "message": message} if {
	seen := sightings.of("often")
	seen.count > loads.bpf.loadsPerMinute
	message := $"{sightings.who} loaded {seen.count} programs in a minute, more than {loads.bpf.loadsPerMinute}"
}

findings contains {"path": "/activity", "message": message} if {
	sightings.loaded
	not sightings.essential
	count(loads.bpf.maintenance) > 0
	not in_maintenance
	message := $"{sightings.who} loads {sightings.what} outside of the times of maintenance"
}

acts(program) if loads.fits_any(program.type, loads.bpf.acting)

acts(program) if program.attachType == "modify_return"

in_maintenance if {
	some window in loads.bpf.maintenance
	now := substring(input.time, 0, 19)
	substring(window.from, 0, 19) <= now
	now < substring(window.until, 0, 19)
}
