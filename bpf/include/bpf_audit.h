/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the programs that watch bpf(2) share: the ring, and how a record is sent. */
#pragma once
#include "bpf_objects.h"

#define TG_BPF_OURS 16384
#define TG_BPF_QUERIERS 1024
#define TG_BPF_QUERY_NS 1000000000ULL
#define TG_BPF_WAKE_BYTES (1 << 20)
#define BPF_FS_MAGIC 0xcafe4a11

struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 8 << 20); } tg_bpf_events SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, TG_BPF_OURS); __type(key, struct tg_bpf_ours_key); __type(value, u32); } tg_bpf_ours SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_LRU_HASH); __uint(max_entries, TG_BPF_QUERIERS); __type(key, u32); __type(value, struct tg_bpf_queries); } tg_bpf_queriers SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 1); __type(key, u32); __type(value, u32); } tg_bpf_agent SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY); __uint(max_entries, 1); __type(key, u32); __type(value, struct tg_bpf_stats); } tg_bpf_stats SEC(".maps");

enum command {
	MAP_CREATE = 0, MAP_UPDATE = 2, MAP_DELETE = 3, PROG_LOAD = 5, OBJ_PIN = 6, OBJ_GET = 7, PROG_ATTACH = 8, PROG_DETACH = 9,
	PROG_BY_ID = 13, MAP_BY_ID = 14, PROG_QUERY = 16, RAW_TRACEPOINT_OPEN = 17, MAP_LOOKUP_AND_DELETE = 21, MAP_FREEZE = 22,
	LOOKUP_AND_DELETE_BATCH = 25, UPDATE_BATCH = 26, DELETE_BATCH = 27, LINK_CREATE = 28, LINK_UPDATE = 29, LINK_BY_ID = 30, ENABLE_STATS = 32,
	LINK_DETACH = 34, PROG_BIND_MAP = 35, TOKEN_CREATE = 36,
	BY_NETLINK = 100, /* no command: a filter of traffic is being made */
};

#define BIT(command) (1ULL << (command))
/* told whoever they are about */
#define ALWAYS (BIT(MAP_CREATE) | BIT(PROG_LOAD) | BIT(OBJ_PIN) | BIT(OBJ_GET) | BIT(PROG_ATTACH) | BIT(PROG_DETACH) | BIT(RAW_TRACEPOINT_OPEN) \
	| BIT(MAP_FREEZE) | BIT(LINK_CREATE) | BIT(LINK_UPDATE) | BIT(ENABLE_STATS) | BIT(LINK_DETACH) | BIT(PROG_BIND_MAP) | BIT(TOKEN_CREATE))
/* told where somebody else than the agent does it, and these are about what is the agent's, or put struct_ops in force */
#define OF_MAPS (BIT(MAP_UPDATE) | BIT(MAP_DELETE) | BIT(MAP_LOOKUP_AND_DELETE))
#define OF_BATCHES (BIT(LOOKUP_AND_DELETE_BATCH) | BIT(UPDATE_BATCH) | BIT(DELETE_BATCH))
#define BY_IDS (BIT(PROG_BY_ID) | BIT(MAP_BY_ID) | BIT(LINK_BY_ID))
#define WANTED (ALWAYS | OF_MAPS | OF_BATCHES | BY_IDS | BIT(PROG_QUERY))

/* in union bpf_attr */
enum { MAP_STRUCT_OPS = 26 };
enum { AT_BATCH_MAP_FD = 36, AT_PIN_FD = 8, AT_ATTACH_FD = 4, AT_ATTACH_TYPE = 8, AT_TRACEPOINT_PROG_FD = 8 };

static __always_inline struct tg_bpf_stats *bpf_stats(void)
{
	u32 zero = 0;
	return bpf_map_lookup_elem(&tg_bpf_stats, &zero);
}

static __always_inline bool is_agent(void)
{
	u32 zero = 0, *tgid = bpf_map_lookup_elem(&tg_bpf_agent, &zero);
	return tgid && *tgid == bpf_get_current_pid_tgid() >> 32;
}

static __always_inline bool is_ours(u32 object, u32 id)
{
	struct tg_bpf_ours_key key = { .object = object, .id = id };
	return id && bpf_map_lookup_elem(&tg_bpf_ours, &key);
}

static __always_inline void count_missed(void)
{
	struct tg_bpf_stats *st = bpf_stats();
	if (st)
		st->unpaired++;
}

/* Empty: what nobody fills stays 0. */
static __always_inline void begin_record(struct tg_bpf_record *r, u32 kind, u64 boot_ns)
{
	__builtin_memset(r, 0, offsetof(struct tg_bpf_record, attr));
	__builtin_memset(&r->prog, 0, offsetof(struct tg_bpf_program, map_ids)); /* of these as many count as map_count says */
	__builtin_memset(r->prog.tag, 0, sizeof(r->prog.tag));
	r->prog.name[0] = r->prog.attach_func[0] = 0;
	r->link.id = r->map.id = 0;
	r->link.name[0] = r->link.type = 0;
	r->exe_len = r->text_len = 0;
	r->kind = kind;
	r->boot_ns = boot_ns;
}

static __always_inline struct tg_bpf_record *record_in(struct tg_scratch *s, u32 kind)
{
	struct tg_bpf_record *r = (void *)s->data;

	begin_record(r, kind, bpf_ktime_get_boot_ns());
	return r;
}

static __always_inline struct tg_scratch *take_scratch(void)
{
	struct tg_scratch *s = scratch_take();
	if (!s) {
		struct tg_bpf_stats *st = bpf_stats();
		if (st)
			st->scratch_missed++;
	}
	return s;
}

/* The agent reads every few milliseconds: only a filling ring wakes it. */
static __always_inline u64 wake_flags(void)
{
	return bpf_ringbuf_query(&tg_bpf_events, BPF_RB_AVAIL_DATA) > TG_BPF_WAKE_BYTES ? BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP;
}

static __always_inline void count_lost(void)
{
	struct tg_bpf_stats *st = bpf_stats();
	if (st)
		st->lost++;
}

/* Sends what there is of a record and gives the buffer back. False: it is lost. */
static __always_inline bool emit(struct tg_scratch *s, u32 off)
{
	struct tg_bpf_record *r = (void *)s->data;

	if (off > TG_DATA_MAX)
		off = TG_DATA_MAX;
	r->size_bytes = off;
	bool sent = !bpf_ringbuf_output(&tg_bpf_events, r, off, wake_flags());
	if (!sent)
		count_lost();
	scratch_give(s);
	return sent;
}

static __always_inline void put_who(struct tg_bpf_record *r)
{
	fill_culprit(&r->by);
	if (is_agent())
		r->flags |= TG_BF_BY_AGENT;
}

/* Adds who it is, and the path of its executable, unless an earlier record told it; where the record goes on. */
static __always_inline u32 put_culprit(struct tg_scratch *s, bool told)
{
	struct tg_bpf_record *r = (void *)s->data;
	u32 whole = 0, len;

	put_who(r);
	if (told) {
		r->flags |= TG_BF_EXE_TOLD;
		return sizeof(*r);
	}
	len = put_exe_path(s, sizeof(*r), &whole) & (2 * TG_TEXT_MAX - 1);
	if (!whole)
		r->flags |= TG_BF_EXE_PARTIAL;
	r->exe_len = len;
	return sizeof(*r) + len;
}
