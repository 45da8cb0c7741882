# METADATA
# scope: package
# title: Ways not to answer
# description: The entry point does what the submission's annotations ask; made for the engine's tests only.
package traps

decision := whole if not trap

decision := json.unmarshal(input.policy.annotations.record) if trap == "record"

decision := whole if {
	trap == "conflict"
	side == 1
}

decision := object.union(whole, {"allowed": count(spins) == 0}) if trap == "spin"

decision := object.union(whole, {"allowed": count(numbers.range(1, 2000000)) == 0}) if trap == "memory"

decision := object.union(whole, {"answer": host.ask(input.policy.name)}) if trap == "host"

trap := input.policy.annotations.trap

# Two values for one name: the evaluation aborts.
side := 1 if input.operation

side := 2 if input.policy.name

spins := [c |
	some a in numbers.range(1, 10000)
	some b in numbers.range(1, 10000)
	c := a * b
	c < 0
]

whole := {
	"allowed": true,
	"findings": [],
	"found": 0,
	"rules": {"total": 1, "evaluated": 1, "notApplicable": 0},
	"judged": {"digest": input.policy.digest, "operation": input.operation},
}
