// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// No program, only maps: task storage wants the type of its value, so the agent makes them from an object.
#include "../include/kernel_types.h"
#include "../include/layout.h"
#include "../include/left_map.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";
