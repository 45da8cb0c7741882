/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the programs on fork and exec keep of the lists of programs that a hook's filters name. */
#pragma once
#include "hook.h"

/* `len`: of the text of the program that runs, at the start of the data. */
struct now { struct tg_scratch *s; u32 len; };

/* It runs another program. Each hook that names the list comes by here; the first of them does it. */
static __always_inline void keep_exec(struct tg_kin *kin, u32 exec_id, struct now *n, u64 list, u32 first, u32 count, u32 op)
{
	struct tg_list *at = list_for(kin, list);

	if (!at || (at->exec_id == exec_id && at->kinship))
		return;
	u32 was = at->kinship, is = was & TG_KIN_FOLLOWED ? TG_KIN_FOLLOWED | TG_KIN_PARENT_FOLLOWED : 0;
	if (was && at->exec_id + 1 == exec_id)
		is |= TG_KIN_PARENT_KNOWN | (was & TG_KIN_OWN ? TG_KIN_PARENT : 0);
	if (any_text(n->s, 0, n->len, first, count, op))
		is |= TG_KIN_OWN | TG_KIN_FOLLOWED;
	at->kinship = is;
	at->exec_id = exec_id;
}

/* The current process makes another one. */
static __always_inline void keep_fork(struct tg_kin *child, struct tg_kin *parent, u32 exec_id, struct now *n, u64 list, u32 first, u32 count, u32 op)
{
	struct tg_list *at = list_for(child, list), *of = list_in(parent, list);
	u32 is = TG_KIN_PARENT_KNOWN;

	if (!at)
		return;
	if (of && of->exec_id == exec_id)
		is |= of->kinship & (TG_KIN_OWN | TG_KIN_FOLLOWED);
	else if (any_text(n->s, 0, n->len, first, count, op))
		is |= TG_KIN_OWN | TG_KIN_FOLLOWED;
	else if (of)
		is |= of->kinship & TG_KIN_FOLLOWED;
	if (is & TG_KIN_OWN)
		is |= TG_KIN_PARENT;
	if (is & TG_KIN_FOLLOWED)
		is |= TG_KIN_PARENT_FOLLOWED;
	at->kinship = is;
	at->exec_id = exec_id;
}

static __always_inline void keep_list(struct tg_kin *kin, struct tg_kin *parent, u32 exec_id, struct now *n, bool forked, u64 list, u32 first, u32 count, u32 op)
{
	if (forked)
		keep_fork(kin, parent, exec_id, n, list, first, count, op);
	else
		keep_exec(kin, exec_id, n, list, first, count, op);
}

/* `running`: whose program decides. What is made (`forked`) has its parent's lists beside it, what runs another program its own. */
static __always_inline void keep_lists(struct tg_kin *kin, struct tg_kin *parent, struct task_struct *running, bool forked)
{
	struct now n = { .s = scratch_take() };
	u32 exec_id = running->self_exec_id, si = 0;

	if (!n.s)
		return;
	n.len = put_program(n.s, 0, running);
	NO_UNROLL
	do {
		if (si >= TG_SELECTORS)
			break;
		if (cfg.selectors[si].bin_follow)
			keep_list(kin, parent, exec_id, &n, forked, LIST_OF(bin), cfg.selectors[si].bin_first, cfg.selectors[si].bin_count, cfg.selectors[si].bin_op);
		if (cfg.selectors[si].par_count)
			keep_list(kin, parent, exec_id, &n, forked, LIST_OF(par), cfg.selectors[si].par_first, cfg.selectors[si].par_count, cfg.selectors[si].par_op);
	} while (++si < cfg.nselectors);
	scratch_give(n.s);
}
