# METADATA
# scope: package
# title: Somebody submits a policy
# description: >-
#   Nobody without a name may submit, change or delete a policy.
# custom:
#   id: TPG-115
#   severity: critical
#   why: >-
#     What nobody did, nobody can be asked about.
#   fix: >-
#     Log in, or send a bearer token.
#   since: "0.1.0"
#   modes: {baseline: enforce, standard: enforce, strict: enforce}
#   monitor: keep
#   exceptions: never
#   applies: []
#   parameters: []
package tracegate.guardrails.identity.anonymous

findings contains {"path": "", "message": "the submission comes from nobody: the user is anonymous"} if {
	input.subject.user in ["", "system:anonymous"]
}

findings contains {"path": "", "message": "the submission comes from somebody who is not authenticated"} if {
	"system:unauthenticated" in input.subject.groups
}
