/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Rate limits: of equal events one goes through in a time. And events that are told as the same: the first is, the rest counted. Equal is what has the same values, as far as the first bytes of
 * each tell, of the same thread, process or anybody. Where the map has no room the oldest is forgotten: an event too many.
 */
#pragma once
#include "act.h"

/* How much of each value tells events apart: of an object all but the address that a kernel may give to the next one. */
#define TG_LIMIT_WORDS 16
#define TG_LIMIT_OBJECT_WORDS (__builtin_offsetof(struct tg_sock_value, cookie) / 8)

/*
 * SipHash-1-3 over the values, with a key that each load of a policy draws anew: the values are the watched program's to choose,
 * and events that it could make look equal would hold each other back.
 */
struct tg_sip { u64 a, b, c, d; };

#define ROTATED(x, by) ((x) << (by) | (x) >> (64 - (by)))

static __always_inline void sip_round(struct tg_sip *h)
{
	h->a += h->b; h->b = ROTATED(h->b, 13) ^ h->a; h->a = ROTATED(h->a, 32);
	h->c += h->d; h->d = ROTATED(h->d, 16) ^ h->c;
	h->a += h->d; h->d = ROTATED(h->d, 21) ^ h->a;
	h->c += h->b; h->b = ROTATED(h->b, 17) ^ h->c; h->c = ROTATED(h->c, 32);
}

static __always_inline void sip_word(struct tg_sip *h, u64 word)
{
	h->d ^= word;
	sip_round(h);
	h->a ^= word;
}

static __always_inline void sip_begin(struct tg_sip *h)
{
	h->a = cfg.limit_seed[0] ^ 0x736f6d6570736575ULL;
	h->b = cfg.limit_seed[1] ^ 0x646f72616e646f6dULL;
	h->c = cfg.limit_seed[0] ^ 0x6c7967656e657261ULL;
	h->d = cfg.limit_seed[1] ^ 0x7465646279746573ULL;
}

static __always_inline u64 sip_end(struct tg_sip *h)
{
	h->c ^= 0xff;
	sip_round(h);
	sip_round(h);
	sip_round(h);
	return h->a ^ h->b ^ h->c ^ h->d;
}

/* Of these the number is the address they lie at. */
static __always_inline bool is_address(u32 type)
{
	switch (type) {
	case TG_T_STRING_KERNEL: case TG_T_STRING_USER: case TG_T_STRING_DATA_LOC: case TG_T_FILENAME: case TG_T_SOCK: case TG_T_SOCKET: case TG_T_SKB:
	case TG_T_SOCKADDR: case TG_T_SOCKADDR_USER: case TG_T_NET_DEVICE: case TG_T_CRED: case TG_T_USER_NS: case TG_T_BPF_ATTR:
	case TG_T_BPF_PROG: case TG_T_BPF_MAP: case TG_T_PERF_EVENT: case TG_T_LOAD_INFO: case TG_T_MODULE:
		return true;
	}
	return false;
}

struct hashed { struct tg_sip h; struct tg_scratch *s; u32 off, len; };

/* Four words more. */
static long hash_step(u32 i, struct hashed *at)
{
	struct tg_scratch *s = at->s;
	u32 off = at->off, len = at->len;

	if (off > sizeof(s->data) - 32)
		return 1;
	NO_UNROLL
	for (u32 k = 0; k < 4 && k * 8 < len; k++)
		sip_word(&at->h, head_of(*(u64 *)&s->data[off + 8 * k], len - 8 * k));
	at->off = off + 32;
	at->len = len > 32 ? len - 32 : 0;
	return 0;
}

/* What of a value lies behind its first bytes: all of it counts where events are told as the same. */
static __always_inline void hash_rest(struct tg_scratch *s, u32 off, u32 len, struct tg_sip *h)
{
	struct hashed at = { .h = *h, .s = s, .off = off + TG_LIMIT_WORDS * 8, .len = len - TG_LIMIT_WORDS * 8 };

	bpf_loop((at.len + 31) / 32, hash_step, &at, 0);
	*h = at.h;
}

static __always_inline void hash_value(struct tg_scratch *s, u32 i, struct tg_sip *h)
{
	u32 type = cfg.args[i].type, len = s->texts.size[i], off = s->texts.off[i] & (TG_DATA_MAX - 1) & ~7u;
	bool is_object = type == TG_T_SOCK || type == TG_T_SOCKET || type == TG_T_SKB;
	u32 words = is_object && !cfg.same_ms ? TG_LIMIT_OBJECT_WORDS : TG_LIMIT_WORDS;
	const u8 *text = &s->data[off];

	if (off >= sizeof(struct tg_value)) {
		struct tg_value *head = (void *)&s->data[(off - sizeof(struct tg_value)) & (TG_DATA_MAX - 1) & ~7u];
		if (!is_address(type))
			sip_word(h, head->number);
		if (cfg.same_ms)
			sip_word(h, head->status);
	}
	sip_word(h, len);
	NO_UNROLL
	for (u32 k = 0; k < TG_LIMIT_WORDS; k++) {
		if (k >= words || k * 8 >= len)
			break;
		sip_word(h, head_of(*(u64 *)(text + k * 8), len - k * 8));
	}
	if (cfg.same_ms && len > TG_LIMIT_WORDS * 8)
		hash_rest(s, off, len, h);
}

/*
 * What the values of an event come to; expects them in the scratch buffer. Where events are told as the same, all that an event
 * tells counts but the time and the thread: the process as it was made by its last exec, the selector, why it was spared.
 */
static __always_inline u64 event_hash(struct tg_scratch *s, u32 si, u32 spared, bool has_ret, u64 ret)
{
	struct tg_sip h;

	sip_begin(&h);
	if (cfg.same_ms) {
		struct task_struct *task = current_task();
		sip_word(&h, (bpf_get_current_pid_tgid() & ~0xffffffffULL) | si << 8 | spared);
		sip_word(&h, task->group_leader->start_boottime);
		sip_word(&h, task->self_exec_id);
	}
	if (has_ret && !cfg.ret_object)
		sip_word(&h, number_of(cfg.ret_type, ret));
#pragma unroll
	for (u32 i = 0; i < TG_VALUES; i++) {
		if (i >= cfg.nargs)
			break;
		hash_value(s, i, &h);
	}
	return sip_end(&h);
}

/* `hash` is there already. */
static __always_inline void limit_key(struct tg_limit_key *key, u32 si)
{
	u64 id = bpf_get_current_pid_tgid();

	key->hook_id = cfg.hook_id;
	key->selector = si;
	key->who = cfg.selectors[si].limit_scope == TG_L_GLOBAL ? 0 : cfg.selectors[si].limit_scope == TG_L_PROCESS ? id >> 32 : id;
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

/* The interval that runs, and what the event is known by in it: one that has ended is never written to again. */
static __always_inline void same_key(struct tg_scratch *s, u64 hash)
{
	s->same_ns = bpf_ktime_get_boot_ns();
	s->same.hook_id = cfg.hook_id;
	s->same.interval = s->same_ns / ((u64)cfg.same_ms * 1000000);
	s->same.hash = hash;
}

/* One that is the same was told in this interval: it is counted there. */
static __always_inline bool is_same(struct tg_scratch *s)
{
	struct tg_same *same = bpf_map_lookup_elem(&tg_sames, &s->same);

	if (!same)
		return false;
	if (__sync_fetch_and_add(&same->count, 1) == 0)
		same->first_ns = s->same_ns;
	same->last_ns = s->same_ns;
	return true;
}

/* It was told. Where the map has no room, the next one is told too. */
static __always_inline void same_from_now(struct tg_scratch *s)
{
	struct tg_same *fresh = (void *)s->path;

	fresh->count = fresh->first_ns = fresh->last_ns = 0;
	fresh->interval_ns = (u64)cfg.same_ms * 1000000;
	bpf_map_update_elem(&tg_sames, &s->same, fresh, BPF_NOEXIST);
}
