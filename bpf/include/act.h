/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What may be done to the current process, and what is then done and told. */
#pragma once
#include "match.h"

#define EPERM_NEGATIVE (-1)
#define TG_WAKE_BYTES (256 << 10)

/*
 * Before any action, whatever the policy says: the host's init, kernel threads (io_uring workers are not among them)
 * and the protected executables, recognised by the inode the kernel itself sees and only in the initial user namespace.
 */
/* The bit of an inode number in the protected set's first look. */
static __always_inline u64 *protected_word(u64 ino, u64 *bit)
{
	u32 zero = 0;
	struct tg_protected_bits *bits = bpf_map_lookup_elem(&tg_protected_bits, &zero);

	*bit = 1ULL << (ino & 63);
	return bits ? &bits->words[(ino >> 6) & (TG_PROTECTED_WORDS - 1)] : NULL;
}

/* The agent and the way out. */
static __always_inline bool is_protected_exe(struct task_struct *task)
{
	struct tg_exe key = {};
	struct inode *inode = task->mm->exe_file->f_inode;
	key.ino = inode->i_ino;
	u64 bit, *word = protected_word(key.ino, &bit);
	if (word && !(*word & bit))
		return false;
	key.dev = inode->i_sb->s_dev;
	if (!bpf_map_lookup_elem(&tg_protected, &key))
		return false;
	return task->cred->user_ns->level == 0;
}

static __always_inline bool is_protected(struct task_struct *task)
{
	return (task->flags & PF_KTHREAD) || task->tgid == 1 || is_protected_exe(task);
}

static __always_inline bool is_suspended(void)
{
	u32 zero = 0;
	struct tg_control *c = bpf_map_lookup_elem(&tg_control, &zero);

	if (!c || !c->suspended)
		return false;
	return !c->suspended_until_ns || bpf_ktime_get_boot_ns() < c->suspended_until_ns;
}

/* Who is spared an action and why. */
static __always_inline u32 spared(struct tg_policy_control *control)
{
	if (control->mode != TG_MODE_ENFORCE)
		return control->mode == TG_MODE_OFF ? TG_SPARED_SUSPENDED : TG_SPARED_MONITOR;
	if (is_suspended())
		return TG_SPARED_SUSPENDED;
	if (is_protected(current_task()))
		return TG_SPARED_PROTECTED;
	return TG_SPARED_NO;
}

/* A token bucket per policy: a kill costs 1000 milli-tokens, `kill_per_minute` of them come back in a minute. */
static __always_inline bool budget_take(struct tg_policy_state *p, u32 kill_per_minute)
{
	u64 now = bpf_ktime_get_boot_ns(), last = p->refilled_ns, full = (u64)kill_per_minute * 1000;
	u64 passed_ms = (now - last) / 1000000;

	if (passed_ms >= 100 && __sync_val_compare_and_swap(&p->refilled_ns, last, now) == last) {
		if (passed_ms > 60000)
			passed_ms = 60000;
		u64 tokens = p->tokens_milli + passed_ms * kill_per_minute / 60;
		p->tokens_milli = tokens > full ? full : tokens;
	}
	s64 had = (s64)__sync_fetch_and_add(&p->tokens_milli, (u64)-1000);
	if (had >= 1000) {
		p->exhausted = 0;
		return true;
	}
	__sync_fetch_and_add(&p->tokens_milli, 1000);
	p->exhausted = 1;
	return false;
}

static __always_inline void fill_event(struct tg_event *e, u32 kind)
{
	struct task_struct *task = current_task();
	u64 id = bpf_get_current_pid_tgid();

	e->kind = kind;
	e->cpu = bpf_get_smp_processor_id();
	e->boot_ns = bpf_ktime_get_boot_ns();
	e->tgid = id >> 32;
	e->tid = (u32)id;
	e->uid = task->cred->uid.val;
	e->start_boot_ns = task->group_leader->start_boottime;
	e->flags = 0;
}

static __always_inline int send_event(struct tg_scratch *s, u32 len)
{
	u32 size = sizeof(struct tg_event) + (len & (2 * TG_DATA_MAX - 1));

	if (size > sizeof(struct tg_event) + TG_DATA_MAX + TG_TEXT_MAX + TG_STACKS_MAX)
		size = sizeof(struct tg_event) + TG_DATA_MAX + TG_TEXT_MAX + TG_STACKS_MAX;
	s->event.size_bytes = size;
	/* the agent reads every few milliseconds; a wake-up costs more than the rest of an event, so only a filling ring asks for one */
	u64 flags = bpf_ringbuf_query(&tg_events, BPF_RB_AVAIL_DATA) > TG_WAKE_BYTES ? BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP;
	int r = bpf_ringbuf_output(&tg_events, &s->event, size, flags);
	if (r) {
		struct tg_stats *st = stats();
		if (st)
			st->lost++;
	}
	return r;
}
