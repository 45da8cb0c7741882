/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a thread asked bpf(2) for, kept until the call returns. It lies with the task: nothing is copied on the way, there is room for
 * each thread there is, and it goes with the task.
 */
#pragma once
#include "bpf_audit.h"

struct { __uint(type, BPF_MAP_TYPE_TASK_STORAGE); __uint(map_flags, BPF_F_NO_PREALLOC); __type(key, int); __type(value, struct tg_bpf_pending); } tg_bpf_pending SEC(".maps");

/* What is kept of the thread, in a call or not. */
static __always_inline struct tg_bpf_pending *kept(void)
{
	return bpf_task_storage_get(&tg_bpf_pending, bpf_get_current_task_btf(), NULL, 0);
}

static __always_inline struct tg_bpf_pending *if_open(struct tg_bpf_pending *k) { return k && k->open ? k : NULL; }
static __always_inline struct tg_bpf_pending *pending(void) { return if_open(kept()); }

/* Empty: what was left of another call is not looked at. NULL where there is no memory, which is counted. */
static __always_inline struct tg_bpf_pending *begin_pending(u32 command)
{
	struct tg_bpf_pending *p = bpf_task_storage_get(&tg_bpf_pending, bpf_get_current_task_btf(), NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);

	if (!p) {
		count_missed();
		return NULL;
	}
	__builtin_memset(p, 0, offsetof(struct tg_bpf_pending, told_ns));
	p->perf_name[0] = 0;
	p->command = command;
	p->open = 1;
	return p;
}

static __always_inline void end_pending(struct tg_bpf_pending *p) { p->open = 0; }

/* The next of the verifier's messages goes behind the last few. */
static __always_inline void put_said(struct tg_bpf_pending *p, const void *message)
{
	if (!p->said_any)
		__builtin_memset(p->said, 0, sizeof(p->said));
	p->said_any = 1;
	bpf_probe_read_kernel(p->said, sizeof(p->said) - TG_BPF_SAYING, p->said + TG_BPF_SAYING);
	__builtin_memset(p->said + sizeof(p->said) - TG_BPF_SAYING, 0, TG_BPF_SAYING);
	bpf_probe_read_kernel_str(p->said + sizeof(p->said) - TG_BPF_SAYING, TG_BPF_SAYING, message);
}

/* This thread told the path of this executable not long before the record of `boot_ns`. */
static __always_inline bool is_path_told(const struct tg_bpf_pending *k, u64 boot_ns)
{
	struct task_struct *task = current_task();

	return k && k->told_ns && boot_ns - k->told_ns < TG_BPF_TOLD_NS
		&& k->told_exec_id == task->self_exec_id && k->told_ino == task->mm->exe_file->f_inode->i_ino;
}

static __always_inline void note_told(struct tg_bpf_pending *k, u64 boot_ns)
{
	struct task_struct *task = current_task();

	k->told_ns = boot_ns;
	k->told_exec_id = task->self_exec_id;
	k->told_ino = task->mm->exe_file->f_inode->i_ino;
}

/* Adds who it is, and, where it is about an entry of a file system, its text, whose type the verifier knows or not; sends it and gives the
 * buffer back. */
static __always_inline int finish_record(struct tg_scratch *s, struct dentry *entry, bool typed)
{
	struct tg_bpf_record *r = (void *)s->data;
	struct tg_bpf_pending *k = kept();
	u64 now = r->boot_ns;
	bool told = is_path_told(k, now);
	u32 whole = 0, len, off = put_culprit(s, told);

	if (entry) {
		len = (typed ? put_typed_place(s, off, entry, NULL, &whole) : put_place(s, off, entry, NULL, &whole)) & (2 * TG_TEXT_MAX - 1);
		if (!whole)
			r->flags |= TG_BF_TEXT_PARTIAL;
		r->text_len = len;
		off += len;
	}
	if (emit(s, off) && k && !told)
		note_told(k, now);
	return 0;
}

static __noinline int send_record(struct tg_scratch *s, struct dentry *entry)
{
	return s ? finish_record(s, entry, false) : 0;
}

/* Sends a record as send_record does, with the verifier's last messages for text. */
static __always_inline void send_said(struct tg_scratch *s, struct tg_bpf_pending *p)
{
	struct tg_bpf_record *r = (void *)s->data;
	u64 now = r->boot_ns;
	bool told = is_path_told(p, now);
	u32 off = put_culprit(s, told);

	if (p->said_any) {
		bpf_probe_read_kernel(s->data + off, sizeof(p->said), p->said);
		r->text_len = sizeof(p->said);
		off += sizeof(p->said);
	}
	if (emit(s, off) && !told)
		note_told(p, now);
}
