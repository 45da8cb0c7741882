/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Filters on the process that makes the call: its namespaces and capabilities, and what it has changed of them. */
#pragma once
#include "kin.h"

static __always_inline bool inode_listed(u32 mi, u32 inode)
{
	u32 first = cfg.process[mi].first, count = cfg.process[mi].count, k = 0;

	if (!count)
		return false;
	NO_UNROLL
	do {
		if (first + k >= TG_NUMBERS)
			break;
		if ((u32)cfg.numbers[first + k] == inode)
			return true;
	} while (++k < count);
	return false;
}

/*
 * Against what the process began with; where there is no memory to keep that, a selector that acts counts it as changed. NotIn of
 * capabilities: others than these, and not one of these.
 */
static __always_inline bool changes_match(struct task_struct *task, u32 mi, bool acts)
{
	const struct tg_begun *was = begun_of(task);
	u32 which = cfg.process[mi].which, first = cfg.process[mi].first;

	if (first >= TG_NUMBERS)
		return false;
	if (!was)
		return acts;
	u64 wanted = cfg.numbers[first];
	if (cfg.process[mi].kind == TG_P_NAMESPACE_CHANGES)
		return namespaces_changed(was, task, wanted);
	if (which >= TG_CAPSETS)
		return false;
	u64 changed = was->capabilities[which] ^ capabilities_of(task, which);
	return cfg.process[mi].negated ? changed && !(changed & wanted) : (changed & wanted) != 0;
}

/* What the kernel does not tell matches nothing, neither In nor NotIn. */
static __always_inline bool process_matches_one(struct task_struct *task, u32 mi, bool acts)
{
	u32 which = cfg.process[mi].which, first = cfg.process[mi].first;
	bool hit = false;

	if (cfg.process[mi].outside_only && task->cred->user_ns->level == 0)
		return false;
	switch (cfg.process[mi].kind) {
	case TG_P_NAMESPACE: {
		u32 inode = namespace_inode(task, which);
		if (!inode)
			return false;
		hit = inode_listed(mi, inode);
		break;
	}
	case TG_P_NAMESPACE_CHANGES: case TG_P_CAPABILITY_CHANGES:
		return changes_match(task, mi, acts);
	case TG_P_CAPABILITIES:
		if (first >= TG_NUMBERS)
			return false;
		hit = (capabilities_of(task, which) & cfg.numbers[first]) != 0;
		break;
	}
	return cfg.process[mi].negated ? !hit : hit;
}

static __always_inline bool process_matches(u32 si)
{
	u32 first = cfg.selectors[si].process_first, count = cfg.selectors[si].process_count, k = 0;
	struct task_struct *task = current_task();
	bool acts = cfg.selectors[si].signal || cfg.selectors[si].error;

	NO_UNROLL
	do {
		if (first + k >= TG_PROCESS_MATCHES)
			break;
		if (!process_matches_one(task, first + k, acts))
			return false;
	} while (++k < count);
	return true;
}
