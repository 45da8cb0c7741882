// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A kernel function's return, with the arguments it was entered with.
#include "../include/tracing_args.h"

static __noinline long slow(u64 *ctx, u64 word)
{
	struct head head = { .word = word };
	u64 raw[TG_RAW], ret = 0;

	clear_raw(raw);
	if (path_miss(ctx))
		return zero();
	tracing_args(raw, ctx);
	if (!further_args(raw, ctx) || !by_our_door(raw))
		return zero();
	bpf_get_func_ret(ctx, &ret);
	run_hook_after(raw, true, ret, &head);
	return zero();
}

SEC("template.fexit")
int tg_fexit(u64 *ctx)
{
	u64 *LATER later = ctx;
	u64 LATER word;

	return quick_miss(ctx, &word) ? 0 : (int)slow(later, word);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
