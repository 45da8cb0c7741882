// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A verdict in an LSM hook: on the kernel's own copy, behind every door. Never skipped by the recursion guard.
#include "../include/tracing_args.h"

SEC("lsm/file_open")
int tg_lsm(u64 *ctx)
{
	if (quick_miss(ctx))
		return 0;
	u64 raw[TG_ARGS] = {};

	tracing_args(raw, ctx);
	return (int)run_hook(raw, false, 0);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
