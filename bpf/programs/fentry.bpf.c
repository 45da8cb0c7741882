// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A kernel function's entry: capture, kill, post, leave a verdict for the LSM hook behind it.
#include "../include/tracing_args.h"

static __noinline long slow(u64 *ctx, u64 word)
{
	struct head head = { .word = word };
	u64 raw[TG_RAW];

	clear_raw(raw);
	if (cfg.roles & TG_ROLE_LEAVE)
		forget();
	if (path_miss(ctx))
		return zero();
	tracing_args(raw, ctx);
	if (!further_args(raw, ctx) || !by_our_door(raw))
		return zero();
	run_hook_after(raw, false, 0, &head);
	return zero();
}

SEC("template.fentry")
int tg_fentry(u64 *ctx)
{
	u64 *LATER later = ctx;
	u64 LATER word;

	if (cfg.roles & TG_ROLE_LEAVE) {
		if (may_have_left())
			return (int)slow(later, 0);
		ctx = later;
	}
	return quick_miss(ctx, &word) ? 0 : (int)slow(later, word);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
