# METADATA
# scope: package
# title: Enforce asks for something
# description: >-
#   A policy that asks for policy-mode enforce has an action that enforces.
# custom:
#   id: TPG-712
#   severity: low
#   why: >-
#     Somebody believes that something is prevented, and it is only watched.
#   fix: >-
#     Add Override or Sigkill, or leave the option out.
#   since: "0.1.0"
#   modes: {baseline: info, standard: info, strict: info}
#   monitor: keep
#   applies: [writes]
#   parameters: []
package tracegate.guardrails.lint.nothing_to_enforce

import data.tracegate.lib

findings contains {"path": "/spec/options", "message": "policy-mode is enforce, and no action enforces anything"} if {
	input.operation != "delete"
	lib.policy.mode == "enforce"
	count(lib.strikes) == 0
}
