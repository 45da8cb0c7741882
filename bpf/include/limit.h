/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Rate limits: of equal events one goes through in a time. Equal is what has the same values, as far as the first bytes of
 * each tell, of the same thread, process or anybody. Where the map has no room the oldest is forgotten: an event too many.
 */
#pragma once
#include "act.h"

/* How much of each value tells events apart: of an object all but the address that a kernel may give to the next one. */
#define TG_LIMIT_WORDS 16
#define TG_LIMIT_OBJECT_WORDS (__builtin_offsetof(struct tg_sock_value, cookie) / 8)
#define TG_LIMIT_FACTOR 0x9e3779b97f4a7c15ULL

static __always_inline u64 mixed(u64 hash, u64 word)
{
	hash = (hash ^ word) * TG_LIMIT_FACTOR;
	return hash ^ (hash >> 29);
}

/* Of these the number is the address they lie at. */
static __always_inline bool is_address(u32 type)
{
	switch (type) {
	case TG_T_STRING_KERNEL: case TG_T_STRING_USER: case TG_T_FILENAME: case TG_T_SOCK: case TG_T_SOCKET: case TG_T_SKB:
	case TG_T_SOCKADDR: case TG_T_SOCKADDR_USER: case TG_T_NET_DEVICE: case TG_T_CRED: case TG_T_USER_NS: case TG_T_BPF_ATTR:
	case TG_T_BPF_PROG: case TG_T_BPF_MAP: case TG_T_PERF_EVENT: case TG_T_LOAD_INFO: case TG_T_MODULE:
		return true;
	}
	return false;
}

static __always_inline u64 value_hash(struct tg_scratch *s, u32 i, u64 hash)
{
	u32 type = cfg.args[i].type, len = s->texts.size[i], off = s->texts.off[i] & (TG_DATA_MAX - 1) & ~7u;
	u32 words = type == TG_T_SOCK || type == TG_T_SOCKET || type == TG_T_SKB ? TG_LIMIT_OBJECT_WORDS : TG_LIMIT_WORDS;
	const u8 *text = &s->data[off];

	if (!is_address(type) && off >= sizeof(struct tg_value))
		hash = mixed(hash, ((struct tg_value *)&s->data[(off - sizeof(struct tg_value)) & (TG_DATA_MAX - 1) & ~7u])->number);
	hash = mixed(hash, len);
	NO_UNROLL
	for (u32 k = 0; k < TG_LIMIT_WORDS; k++) {
		if (k >= words || k * 8 >= len)
			break;
		hash = mixed(hash, head_of(*(u64 *)(text + k * 8), len - k * 8));
	}
	return hash;
}

/* Expects the values to be in the scratch buffer. */
static __always_inline void limit_key(struct tg_limit_key *key, struct tg_scratch *s, u32 si, bool has_ret, u64 ret)
{
	u64 id = bpf_get_current_pid_tgid();
	u64 hash = has_ret && !is_address(cfg.ret_type) ? mixed(1, number_of(cfg.ret_type, ret)) : 0;

#pragma unroll
	for (u32 i = 0; i < TG_ARGS; i++) {
		if (i >= cfg.nargs)
			break;
		hash = value_hash(s, i, hash);
	}
	key->hook_id = cfg.hook_id;
	key->selector = si;
	key->who = cfg.selectors[si].limit_scope == TG_L_GLOBAL ? 0 : cfg.selectors[si].limit_scope == TG_L_PROCESS ? id >> 32 : id;
	key->hash = hash;
}

/* The same event went through less than the limit's time ago. */
static __always_inline bool is_limited(const struct tg_limit_key *key, u32 si)
{
	u64 *last = bpf_map_lookup_elem(&tg_limits, key);

	return last && bpf_ktime_get_boot_ns() - *last < (u64)cfg.selectors[si].limit_ms * 1000000;
}

static __always_inline void limit_from_now(const struct tg_limit_key *key)
{
	u64 now = bpf_ktime_get_boot_ns();

	bpf_map_update_elem(&tg_limits, key, &now, BPF_ANY);
}
