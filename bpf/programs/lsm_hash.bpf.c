// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// An LSM hook that tells the digest of its file: only here may a program sleep, and only one that sleeps may ask IMA. It tells
// and denies in one, because those behind a program that denies do not run: also not when another policy denied before it.
#include "../include/hashes.h"

static __noinline long slow(u64 *ctx, u64 word)
{
	struct head head = { .word = word };
	u64 raw[TG_RAW];

	clear_raw(raw);
	if (path_miss(ctx))
		return 0;
	tracing_args(raw, ctx);
	return run_hashing_hook(ctx, raw, &head);
}

SEC("template.lsm_sleeps")
int tg_lsm_hash(u64 *ctx)
{
	u64 *LATER later = ctx;
	u64 LATER word;

	return quick_miss(ctx, &word) ? 0 : (int)slow(later, word);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
