/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The way that led to the call, as values behind all others. The helper asks for the task, not for the context of the
 * program: so no hook keeps its context for this, and all kinds of programs do it alike. Of the kernel's side the first
 * frames are those of the helper and of the program itself; user space, which knows their names, leaves them out.
 */
#pragma once
#include "act.h"

#define TG_STACK_BYTES (TG_FRAMES * 8)
#define TG_STACKS_AT_MOST (TG_DATA_MAX + TG_TEXT_MAX + TG_STACK_BYTES + 16)

static __always_inline u32 put_stack(struct tg_scratch *s, u32 off, u32 type, u64 flags)
{
	struct tg_value *head;
	long n;

	asm volatile("" : "+r"(off));
	if (off > TG_STACKS_AT_MOST)
		return off;
	off &= ~7u;
	head = (void *)&s->data[off];
	n = bpf_get_task_stack(bpf_get_current_task_btf(), &s->data[off + sizeof(*head)], TG_STACK_BYTES, flags);
	head->type = type;
	head->status = n < 0 ? TG_V_BAD : TG_V_READ;
	head->number = n;
	head->len = n < 0 ? 0 : (u32)n;
	s->event.nargs++;
	return off + sizeof(*head) + (n < 0 ? 0 : (u32)n);
}

/* Returns how long the data are then. */
static __always_inline u32 put_stacks(struct tg_scratch *s, u32 wanted, u32 len)
{
	if ((cfg.stacks & TG_STACK_KERNEL) && (wanted & TG_STACK_KERNEL))
		len = put_stack(s, len, TG_T_STACK_KERNEL, 0);
	if ((cfg.stacks & TG_STACK_USER) && (wanted & TG_STACK_USER))
		len = put_stack(s, len, TG_T_STACK_USER, BPF_F_USER_STACK);
	return len;
}
