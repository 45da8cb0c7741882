// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A verdict in an LSM hook: on the kernel's own copy, behind every door. Never skipped by the recursion guard.
#define TG_TRUSTED 1
#define TG_REFUSES 1
#include "../include/tracing_args.h"
#include "../include/walks.h"

static __noinline long slow(u64 *ctx, u64 word)
{
	struct head head = { .word = word };
	u64 raw[TG_RAW];

	clear_raw(raw);
	if (cfg.roles & TG_ROLE_DELIVER)
		return by_our_door(NULL) ? deliver() : 0;
	if (cfg.roles & TG_ROLE_LEAVE) {
		if (!by_our_door(NULL))
			return 0;
		forget();
	}
	if (path_miss(ctx))
		return 0;
	if (cfg.source == TG_SRC_WALK) {
		enum walked walked = walked_args(raw);
		if (walked != WALKED)
			return walked == NOT_KNOWN && by_our_door(NULL) && (!cfg.whose || whose_is_it()) ? not_known() : 0;
	} else
		tracing_args(raw, ctx);
	if (!further_args(raw, ctx) || !by_our_door(raw))
		return 0;
	return run_hook_after(raw, false, 0, &head);
}

SEC("template.lsm")
int tg_lsm(u64 *ctx)
{
	u64 *LATER later = ctx;
	u64 LATER word;

	if (cfg.roles & TG_ROLE_DELIVER)
		return may_have_left() || is_blind() ? (int)slow(later, 0) : 0;
	if (cfg.roles & TG_ROLE_LEAVE)
		return is_walking(ctx[0]) ? (int)slow(later, 0) : 0;
	if (is_hinted()) {
		if (!may_have_left() && !had_no_room())
			return 0;
		ctx = later;
	}
	return quick_miss(ctx, &word) ? 0 : (int)slow(later, word);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
