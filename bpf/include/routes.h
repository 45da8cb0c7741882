/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * From what a hook is handed, or the task that runs it, along the kernel's structures to the value that is meant. The
 * offsets are those of this kernel's types, found when the policy was planned. Part of values.h.
 */
#pragma once

/* What routes lead to is written where there are routes, and only there. */
static __always_inline void clear_raw(u64 *raw) { __builtin_memset(raw, 0, TG_ARGS * sizeof(*raw)); }

/* It is among the raw values, which no number above them is: that of a parameter that is nowhere to be had. */
static __always_inline bool has_raw(u32 param) { return param < TG_FAILED || (cfg.ret_object && param == TG_RETURNED); }

static __always_inline bool kernel_word(const void *p, u64 *word)
{
	*word = word_by_cast(p);
	return *word || bpf_probe_read_kernel(word, sizeof(*word), p) == 0;
}

/* 0, or the hop that failed, from 1. */
static __always_inline u32 follow(u32 i, u64 at, u64 *into)
{
	u32 last = cfg.routes[i].hops - 1, size = cfg.routes[i].size_bytes, unused = 64 - 8 * (size & 15);
	u64 v = 0;

	if (last >= TG_HOPS)
		return 1;
	NO_UNROLL
	for (u32 k = 0; k < TG_HOPS - 1; k++) {
		if (k >= last)
			break;
		if (!kernel_word((void *)at + cfg.routes[i].offsets[k], &at))
			return k + 1;
	}
	at += cfg.routes[i].offsets[last];
	if (!size) {
		*into = at;
		return is_pointer(at) ? 0 : last + 1;
	}
	if (bpf_probe_read_kernel(&v, size & 15, (void *)at))
		return last + 1;
	*into = cfg.routes[i].is_signed ? (u64)((s64)(v << unused) >> unused) : v;
	return 0;
}

static __always_inline u64 route_start(u32 i, const u64 *raw)
{
	switch (cfg.routes[i].from) {
	case TG_FROM_TASK: return (u64)bpf_get_current_task();
	case TG_FROM_REGISTERS: return bpf_task_pt_regs(bpf_get_current_task_btf());
	}
	return cfg.routes[i].param < TG_ARGS ? raw[cfg.routes[i].param] : 0;
}

static __always_inline void follow_routes(u64 *raw)
{
	u64 failed = 0;

	NO_UNROLL
	for (u32 i = 0; i < TG_ARGS; i++) {
		if (!cfg.routes[i].hops)
			continue;
		u32 hop = follow(i, route_start(i, raw), &raw[TG_ROUTED + i]);
		if (!hop)
			continue;
		raw[TG_ROUTED + i] = hop;
		failed |= 1u << i;
	}
	raw[TG_FAILED] = failed;
}

/* The hop at which the way to an argument ended, from 1; 0: it did not, or there is none to go. */
static __always_inline u32 route_lost(const u64 *raw, u32 arg)
{
	if (!cfg.has_routes || arg >= TG_ARGS || !cfg.routes[arg].hops)
		return 0;
	return raw[TG_FAILED] >> arg & 1 ? raw[TG_ROUTED + arg] : 0;
}
