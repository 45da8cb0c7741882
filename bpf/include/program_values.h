/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The raw values of a user program that is stopped at a hooked place: from its registers and, behind them, its memory. */
#pragma once
#define TG_IN_PROGRAM 1
#include "hook.h"
#include "ctx_load.h"

/* Words of struct pt_regs on x86-64 (ABI): r15 r14 r13 r12 bp bx r11 r10 r9 r8 ax cx dx si di, the call's number, ip, cs, flags, sp. */
#define RETURNED_AT 10

static __always_inline u64 word_of(u64 *ctx, u32 at)
{
	u64 v = 0;

	switch (at) {
	case 0: CTX_LOAD(v, ctx, 0); break;
	case 1: CTX_LOAD(v, ctx, 1); break;
	case 2: CTX_LOAD(v, ctx, 2); break;
	case 3: CTX_LOAD(v, ctx, 3); break;
	case 4: CTX_LOAD(v, ctx, 4); break;
	case 5: CTX_LOAD(v, ctx, 5); break;
	case 6: CTX_LOAD(v, ctx, 6); break;
	case 7: CTX_LOAD(v, ctx, 7); break;
	case 8: CTX_LOAD(v, ctx, 8); break;
	case 9: CTX_LOAD(v, ctx, 9); break;
	case 10: CTX_LOAD(v, ctx, 10); break;
	case 11: CTX_LOAD(v, ctx, 11); break;
	case 12: CTX_LOAD(v, ctx, 12); break;
	case 13: CTX_LOAD(v, ctx, 13); break;
	case 14: CTX_LOAD(v, ctx, 14); break;
	case 16: CTX_LOAD(v, ctx, 16); break;
	case 19: CTX_LOAD(v, ctx, 19); break;
	}
	return v;
}

static __always_inline u64 narrowed(u64 v, u32 bytes, bool is_signed)
{
	switch (bytes) {
	case 1: return is_signed ? (u64)(s64)(signed char)v : (u8)v;
	case 2: return is_signed ? (u64)(s64)(short)v : (u16)v;
	case 4: return is_signed ? (u64)(s64)(s32)v : (u32)v;
	}
	return v;
}

/* False: it lies in memory that is not there now. */
static __always_inline bool program_value(u64 *ctx, u32 i, u64 *into)
{
	u64 v = 0;

	if (cfg.places[i].lies == TG_L_CONSTANT) {
		*into = cfg.places[i].offset;
		return true;
	}
	v = word_of(ctx, cfg.places[i].base);
	if (cfg.places[i].lies == TG_L_MEMORY || cfg.places[i].lies == TG_L_ADDRESS) {
		u64 at = v + cfg.places[i].offset;
		if (cfg.places[i].index != TG_NO_REGISTER)
			at += word_of(ctx, cfg.places[i].index) * cfg.places[i].scale;
		if (cfg.places[i].lies == TG_L_ADDRESS) {
			*into = at;
			return true;
		}
		v = 0;
		if (bpf_probe_read_user(&v, cfg.places[i].size_bytes & 15, (void *)at))
			return false;
	}
	*into = narrowed(v, cfg.places[i].size_bytes, cfg.places[i].is_signed);
	return true;
}

/* What cannot be read can neither be compared nor told: the policy's status says that something was lost. */
static __always_inline void value_lost(void)
{
	struct tg_stats *st = stats();
	struct policy p = {};

	if (st)
		st->read_failed++;
	if (policy_of(&p))
		__sync_fetch_and_add(&p.state->lost, 1);
}

static __always_inline int run_program_hook(u64 *ctx)
{
	u64 raw[TG_RAW], ret = 0;
	bool returned = cfg.source == TG_SRC_PROGRAM_RETURN;

	clear_raw(raw);
	if (returned)
		CTX_LOAD(ret, ctx, RETURNED_AT);
#pragma unroll
	for (u32 i = 0; i < TG_ARGS; i++) {
		if (cfg.places[i].lies == TG_L_NOWHERE || program_value(ctx, i, &raw[i]))
			continue;
		value_lost();
		return 0;
	}
	run_hook(raw, returned, ret);
	return 0;
}
