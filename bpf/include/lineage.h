/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Filters on the program a process runs, on the one that started it, and on all it comes from. Where it comes from is kept
 * list by list (kin.h): a process may outlive its parent, and what it ran before is told by nothing in the kernel.
 */
#pragma once
#include "kin.h"

#define LIST_OF(of) ((u64)cfg.selectors[si].of##_list_high << 32 | cfg.selectors[si].of##_list_low)

static __always_inline bool any_text(struct tg_scratch *s, u32 off, u32 len, u32 first, u32 count, u32 op);

static __always_inline struct tg_list *list_in(struct tg_kin *kin, u64 list)
{
	if (!kin)
		return NULL;
	asm volatile("" : "+r"(kin)); /* no address is made of it before it is known to be one */
	u64 at = TG_LISTS;
	NO_UNROLL
	for (u32 i = 0; i < TG_LISTS; i++) {
		if (kin->lists[i].list == list) {
			at = i;
			break;
		}
	}
	/* whatever follows is walked once, and not once for each place */
	at = forgotten(at, kin->begun.since_ns);
	if (at >= TG_LISTS)
		return NULL;
	asm volatile("" : "+r"(at)); /* the compiler may not know what the verifier does not */
	return &kin->lists[at & (TG_LISTS - 1)];
}

/* The place of a list, a free one where it has none yet; NULL: there is no room. */
static __always_inline struct tg_list *list_for(struct tg_kin *kin, u64 list)
{
	struct tg_list *at = list_in(kin, list);

	if (at || !kin)
		return at;
	at = list_in(kin, 0);
	if (at)
		at->list = list;
	else
		kin->full = 1;
	return at;
}

/* Behind all values, where no event reaches: 0 bytes where the program cannot be told. */
static __always_inline u32 put_program(struct tg_scratch *s, u32 off, struct task_struct *task)
{
	struct file *exe = task->mm->exe_file;
	u32 whole = 0, len;

	if (!exe || off >= TG_DATA_MAX - 64)
		return 0;
	len = put_typed_place(s, off, exe->f_path.dentry, exe->f_path.mnt, &whole);
	return whole ? len : 0;
}

static __always_inline bool exe_matches(u32 si, struct tg_scratch *s)
{
	if (!s || s->texts.exe_bad || !s->texts.exe_size)
		return false; /* binary unknown: no operator matches */
	bool hit = any_text(s, s->texts.exe_off, s->texts.exe_size, cfg.selectors[si].bin_first, cfg.selectors[si].bin_count, cfg.selectors[si].bin_op);
	if (cfg.selectors[si].bin_follow && !hit) {
		struct tg_kin *kin = kin_of(bpf_get_current_task_btf()->group_leader, 0);
		struct tg_list *at = list_in(kin, LIST_OF(bin));
		if (!at && kin && kin->full) /* it cannot be told: what acts counts it in */
			return cfg.selectors[si].signal || cfg.selectors[si].error;
		hit = at && (at->kinship & TG_KIN_FOLLOWED);
	}
	return cfg.selectors[si].bin_negated ? !hit : hit;
}

/* What a process that was not seen being made has for a parent comes from such a program. */
static __always_inline bool parent_followed(struct tg_list *at, u64 list)
{
	struct task_struct *task = bpf_get_current_task_btf();

	if (at && (at->kinship & (at->exec_id == (u32)task->self_exec_id ? TG_KIN_PARENT_FOLLOWED : TG_KIN_FOLLOWED)))
		return true;
	at = list_in(kin_of(task->real_parent->group_leader, 0), list);
	return at && (at->kinship & TG_KIN_FOLLOWED);
}

/* What started it is older than the policy, or was not seen: then it is the parent that it has now. */
static __always_inline bool parent_matches(u32 si, struct tg_scratch *s)
{
	struct task_struct *task = current_task();
	struct tg_kin *kin = kin_of(bpf_get_current_task_btf()->group_leader, 0);
	struct tg_list *at = list_in(kin, LIST_OF(par));
	bool hit;

	if (at && (at->kinship & TG_KIN_PARENT_KNOWN) && at->exec_id == (u32)task->self_exec_id) {
		hit = at->kinship & (cfg.selectors[si].par_follow ? TG_KIN_PARENT_FOLLOWED : TG_KIN_PARENT);
	} else {
		if (!s)
			return false;
		if (cfg.selectors[si].par_follow && !at && kin && kin->full) /* it cannot be told: what acts counts it in */
			return cfg.selectors[si].signal || cfg.selectors[si].error;
		u32 off = (s->texts.len + s->texts.exe_size + 7) & ~7u;
		asm volatile("" : "+r"(off)); /* what put_program looks at is what it goes by, and not what was there before the mask */
		u32 len = put_program(s, off, task->real_parent);
		if (!len)
			return false;
		hit = any_text(s, off, len, cfg.selectors[si].par_first, cfg.selectors[si].par_count, cfg.selectors[si].par_op);
		if (cfg.selectors[si].par_follow && !hit)
			hit = parent_followed(at, LIST_OF(par));
	}
	return cfg.selectors[si].par_negated ? !hit : hit;
}
