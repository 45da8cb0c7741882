/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How many events a cgroup may tell in an interval, of one hook or of all: those above are counted and not told. User space
 * reads from the map who is over, and tells when that begins and ends. Where the map has no room the cgroup that was quiet the
 * longest is forgotten, and begins anew.
 */
#pragma once
#include "workload.h"

/*
 * The node of the running task's cgroup, which has its name, and its number. Where there are hierarchies of version 1, containers
 * are apart in that of `pids`, and may all be in their runtime's of version 2.
 */
static __always_inline void *cgroup_node(u64 *number)
{
	void *set = current_task()->cgroups;
	void *unified = ANY_FIELD(css_set, set, dfl_cgrp);
	void *node = ANY_FIELD(cgroup, unified, kn);
	void *own = own_hierarchy(set, unified);
	void *first = own ? ANY_FIELD(cgroup, own, kn) : NULL;

	*number = node ? ANY_FIELD(kernfs_node, node, id) : 0;
	if (!first || !folder_of(first))
		return node;
	*number = ANY_FIELD(kernfs_node, first, id) | TG_CGROUP_V1;
	return first;
}

/* The first event of its kind that the cgroup tells. It is put together in the scratch buffer, where nothing else lies by now. */
static __always_inline long begin_use(struct tg_scratch *s, const struct tg_rate_key *key, void *node, u64 now, u64 interval_ns)
{
	struct tg_rate_use *use = (void *)s->path;

	use->began_ns = now;
	use->count = 1;
	use->over_ns = use->over_since_ns = 0;
	use->interval_ns = interval_ns;
	use->name[0] = 0;
	if (node)
		bpf_probe_read_kernel_str(use->name, sizeof(use->name), ANY_FIELD(kernfs_node, node, name));
	return bpf_map_update_elem(&tg_rates, key, use, BPF_NOEXIST);
}

/* One event more: it is above what the cgroup may tell. */
static __always_inline bool is_over(struct tg_scratch *s, u32 of, u32 generation, u64 events, u64 interval_ns)
{
	struct tg_rate_key key = { .of = of, .generation = generation };
	void *node = cgroup_node(&key.cgroup);
	u64 now = bpf_ktime_get_boot_ns();
	struct tg_rate_use *use = bpf_map_lookup_elem(&tg_rates, &key);

	if (!use) {
		if (begin_use(s, &key, node, now, interval_ns) == 0)
			return false;
		use = bpf_map_lookup_elem(&tg_rates, &key); /* another CPU was first */
		if (!use)
			return false;
	}
	u64 began = use->began_ns;
	/* clocks of two CPUs may differ by a little: what lies ahead is no interval ago */
	if ((s64)(now - began) >= (s64)interval_ns && __sync_val_compare_and_swap(&use->began_ns, began, now) == began)
		use->count = 0;
	if (__sync_fetch_and_add(&use->count, 1) < events)
		return false;
	use->interval_ns = interval_ns;
	u64 last = __sync_lock_test_and_set(&use->over_ns, now);
	if (!last || (s64)(now - last) >= (s64)interval_ns)
		use->over_since_ns = now;
	return true;
}

/* Over the agent's own rate, which holds for all policies together and for processes that begin and end. */
static __always_inline bool is_over_cgroup_rate(struct tg_scratch *s, u32 of)
{
	u32 zero = 0;
	struct tg_rate *rate = bpf_map_lookup_elem(&tg_cgroup_rate, &zero);

	return rate && rate->events && is_over(s, of, 0, rate->events, rate->interval_ns);
}
