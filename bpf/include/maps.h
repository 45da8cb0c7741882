/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The maps all programs share: pinned once by the agent, handed to every object it opens. */
#pragma once
#include "kernel_types.h"
#include "layout.h"
#include "left_map.h"

#define NO_UNROLL _Pragma("clang loop unroll(disable)")
#define TG_SCRATCH_SLOTS 4
#define TG_POLICY_SLOTS 512
#define TG_LIMITS 8192
#define TG_RATES 4096
#define TG_SAMES 16384
#define TG_WOULDS 16384
#define TG_SOCKS 16384
#define TG_CGROUPS 8192

struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 8 << 20); } tg_events SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY); __uint(max_entries, TG_SCRATCH_SLOTS); __type(key, u32); __type(value, struct tg_scratch); } tg_scratch SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, TG_POLICY_SLOTS); __type(key, u32); __type(value, struct tg_policy_control); } tg_policies SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, TG_POLICY_SLOTS); __type(key, u32); __type(value, struct tg_policy_state); } tg_states SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_LRU_HASH); __uint(max_entries, TG_LIMITS); __type(key, struct tg_limit_key); __type(value, u64); } tg_limits SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(map_flags, BPF_F_NO_PREALLOC); __uint(max_entries, TG_WOULDS); __type(key, struct tg_would_key); __type(value, u64); } tg_woulds SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(map_flags, BPF_F_NO_PREALLOC); __uint(max_entries, TG_SAMES); __type(key, struct tg_same_key); __type(value, struct tg_same); } tg_sames SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_LRU_HASH); __uint(max_entries, TG_RATES); __type(key, struct tg_rate_key); __type(value, struct tg_rate_use); } tg_rates SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 1); __type(key, u32); __type(value, struct tg_rate); } tg_cgroup_rate SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_LRU_HASH); __uint(max_entries, TG_SOCKS); __type(key, struct tg_sock_key); __type(value, struct tg_owner); } tg_socks SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_LRU_HASH); __uint(max_entries, TG_LIMITS); __type(key, struct tg_told_key); __type(value, struct tg_begun); } tg_told SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, TG_CGROUPS); __type(key, u64); __type(value, struct tg_cgroup); } tg_cgroups SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 1); __type(key, u32); __type(value, struct tg_control); } tg_control SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 1024); __type(key, struct tg_exe); __type(value, u32); } tg_protected SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 1); __type(key, u32); __type(value, struct tg_protected_bits); } tg_protected_bits SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY); __uint(max_entries, 1); __type(key, u32); __type(value, struct tg_stats); } tg_stats SEC(".maps");

/* A hook's selectors: frozen before the program is loaded, so the verifier folds them into the code. */
const volatile struct tg_hook_config cfg = {};

/*
 * Eight bytes of kernel memory in a few instructions instead of a helper's hundred; 0 where they are 0, where they cannot
 * be read and where the kernel has no such cast: the caller then asks the helper, which tells these apart.
 */
static __always_inline u64 word_by_cast(const void *p)
{
	if (!cfg.has_cast)
		return 0;
	return ((struct timespec64 *)bpf_rdonly_cast((void *)p, KERNEL_TYPE_ID(timespec64)))->tv_sec;
}

/* A field of a kernel structure by its plain address: through the cast where there is one, else by the helper. */
#define ANY_FIELD(type, p, f) (cfg.has_cast ? ((struct type *)bpf_rdonly_cast(p, KERNEL_TYPE_ID(type)))->f : BPF_CORE_READ((struct type *)(p), f))

/*
 * What a hook is about. Of pointers that it trusts (6.4) the verifier looks the type of each field that is followed up in all of the
 * kernel's BTF, for each program that gets there: most of what loading them would cost.
 */
#define PARAMETER(type, word) (cfg.has_cast ? (struct type *)bpf_rdonly_cast((void *)(word), KERNEL_TYPE_ID(type)) : (struct type *)(word))

/*
 * The current task, as a pointer that nobody vouches for: where the verifier trusts one (6.4), it looks the type of each
 * field that is followed up in all of the kernel's BTF, up to four times, which is most of what loading then costs.
 */
static __always_inline struct task_struct *current_task(void)
{
	if (!cfg.has_cast)
		return bpf_get_current_task_btf();
	return bpf_rdonly_cast((void *)bpf_get_current_task(), KERNEL_TYPE_ID(task_struct));
}

/*
 * What `x` is, without what the verifier knows of it: paths that differ only in it are then walked once. `any`: a number
 * that it knows nothing of.
 */
static __always_inline u64 forgotten(u64 x, u64 any)
{
	u64 nothing = any;

	asm volatile("%0 -= %1" : "+r"(nothing) : "r"(any));
	return x + nothing;
}

static __always_inline struct tg_stats *stats(void)
{
	u32 zero = 0;
	return bpf_map_lookup_elem(&tg_stats, &zero);
}

struct policy { struct tg_policy_control *control; struct tg_policy_state *state; };

static __always_inline bool policy_of(struct policy *p)
{
	u32 slot = cfg.policy_slot;
	p->control = bpf_map_lookup_elem(&tg_policies, &slot);
	p->state = bpf_map_lookup_elem(&tg_states, &slot);
	return p->control && p->state;
}

/*
 * A scratch buffer of this CPU. A program may be preempted on kernels with full preemption, and another one then
 * runs on the same CPU: hence several slots, each taken by an atomic exchange.
 */
static __always_inline struct tg_scratch *scratch_take(void)
{
	/* one look-up in the code: the kernel copies a whole program for each that it writes out */
	NO_UNROLL
	for (u32 slot = 0; slot < TG_SCRATCH_SLOTS; slot++) {
		u32 key = slot;
		struct tg_scratch *s = bpf_map_lookup_elem(&tg_scratch, &key);
		if (!s)
			return NULL;
		if (__sync_lock_test_and_set(&s->busy, 1) == 0)
			return s;
	}
	struct tg_stats *st = stats();
	if (st)
		st->scratch_missed++;
	return NULL;
}

static __always_inline void scratch_give(struct tg_scratch *s) { s->busy = 0; }
