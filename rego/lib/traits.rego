# METADATA
# scope: package
# title: When a guardrail can apply at all
# description: >-
#   The names a guardrail's metadata may give under `applies`. A guardrail whose traits do not all hold is not
#   evaluated and counted as not applicable; so a trait has to be implied by every finding of the rule.
package tracegate.traits

import data.tracegate.lib

writes if not input.operation in {"delete", "load", "activity"}

deletes if input.operation == "delete"

updates if input.operation == "update"

enforces if count(lib.strikes) > 0

kills if count(lib.kills) > 0

overrides if count(lib.overrides) > 0

namespaced if lib.policy.kind == "TracingPolicyNamespaced"

cluster_wide if lib.policy.kind == "TracingPolicy"

in_force if input.effectiveMode == "enforce"

guards if lib.guard

outsider if not lib.platform

planned if count(input.planned) > 0

# METADATA
# description: No policy is judged but a load of BPF programs; rules without this trait do not run then.
loads if input.operation == "load"

# METADATA
# description: No policy is judged but what was done with eBPF; rules without this trait do not run then.
activity if input.operation == "activity"

# METADATA
# description: A host asks, and there is no policy.
of_host if input.operation in {"load", "activity"}
