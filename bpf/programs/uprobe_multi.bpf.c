// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A place in a program, watched by a link of its own (6.6).
#include "../include/program_values.h"

SEC("template.uprobe_multi")
int tg_uprobe(u64 *ctx)
{
	return run_program_hook(ctx);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
