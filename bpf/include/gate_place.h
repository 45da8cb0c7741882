/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Where a task runs, as the gate tells places apart. */
#pragma once
#include "act.h"
#include "workload.h"

#define TG_GATE_PLACES 1024

/* cgroups whose names were read: what they say of a task's place */
struct { __uint(type, BPF_MAP_TYPE_LRU_HASH); __uint(max_entries, TG_GATE_PLACES); __type(key, struct tg_gate_cgroups); __type(value, u32); } tg_gate_places SEC(".maps");

/* The task's cgroup in the unified hierarchy, and in the one of version 1 that a container is in as well. By plain loads. */
static __always_inline void cgroups_of(struct tg_gate_cgroups *key, struct task_struct *task)
{
	struct css_set *set = task->cgroups;

	key->unified = set->dfl_cgrp->kn->id;
	if (!bpf_core_enum_value_exists(enum cgroup_subsys_id___names, pids_cgrp_id))
		return;
	u32 at = bpf_core_field_offset(struct css_set, subsys) + 8 * bpf_core_enum_value(enum cgroup_subsys_id___names, pids_cgrp_id);
	struct cgroup_subsys_state *css = *(struct cgroup_subsys_state **)((void *)set + at);
	key->own = css->cgroup->kn->id;
}

/* By the names of its cgroups and of those above: read once, a cgroup's number is given out once. What cannot be read is asked again. */
static __always_inline u8 place_by_cgroups(struct task_struct *task)
{
	struct tg_gate_cgroups key = {};
	struct cgroups at = {};

	cgroups_of(&key, task);
	u32 *known = bpf_map_lookup_elem(&tg_gate_places, &key);
	if (known)
		return *known;
	look_around(&at);
	u32 place = at.found || at.unread ? TG_GP_CONTAINER : TG_GP_HOST;
	if (!at.unread)
		bpf_map_update_elem(&tg_gate_places, &key, &place, BPF_ANY);
	return place;
}

/* Where it runs: what cannot be told is no place of the host's. */
static __always_inline u8 place_of(struct task_struct *task)
{
	if (task->cred->user_ns->level)
		return TG_GP_USER_NS;
	if (task->thread_pid->level)
		return TG_GP_CONTAINER;
	return place_by_cgroups(task);
}
