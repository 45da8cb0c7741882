# METADATA
# scope: package
# title: When a guardrail can apply at all
# description: >-
#   The names a guardrail's metadata may give under `applies`. A guardrail whose traits do not all hold is not
#   evaluated and counted as not applicable; so a trait has to be implied by every finding of the rule.
#   Each has a value when it does not hold: what is undefined, the module works out again for each that asks.
package tracegate.traits

import data.tracegate.lib

default writes := true

writes := false if input.operation == "delete"

writes := false if input.operation == "load"

writes := false if input.operation == "activity"

default deletes := false

deletes if input.operation == "delete"

default updates := false

updates if input.operation == "update"

default enforces := false

enforces if count(lib.strikes) > 0

default kills := false

kills if count(lib.kills) > 0

default overrides := false

overrides if count(lib.overrides) > 0

default namespaced := false

namespaced if lib.policy.kind == "TracingPolicyNamespaced"

default cluster_wide := false

cluster_wide if lib.policy.kind == "TracingPolicy"

default in_force := false

in_force if input.effectiveMode == "enforce"

default guards := false

guards if lib.guard

default outsider := false

outsider if not lib.platform

default planned := false

planned if count(input.planned) > 0

default loads := false

# METADATA
# description: No policy is judged but a load of BPF programs; rules without this trait do not run then.
loads if input.operation == "load"

default activity := false

# METADATA
# description: No policy is judged but what was done with eBPF; rules without this trait do not run then.
activity if input.operation == "activity"

default of_host := false

# METADATA
# description: A host asks, and there is no policy.
of_host if input.operation == "load"

of_host if input.operation == "activity"
