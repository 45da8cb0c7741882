// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A kernel function's entry: capture, kill, post.
#include "../include/tracing_args.h"

SEC("fentry/security_file_open")
int tg_fentry(u64 *ctx)
{
	if (quick_miss(ctx))
		return 0;
	u64 raw[TG_ARGS] = {};

	tracing_args(raw, ctx);
	run_hook(raw, false, 0);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
