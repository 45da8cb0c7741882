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
	u32 was = at->kinship, is = was & TG_KIN_FOLLOWED;
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
	at->kinship = is;
	at->exec_id = exec_id;
}
