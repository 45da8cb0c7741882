/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What is kept of a process's life, with its first thread: what it was when it was made, or at its last exec. Written by
 * the programs on fork and exec that go with a policy which asks (bpf/programs/kin_fork.bpf.c, kin_exec.bpf.c).
 */
#pragma once
#include "task_state.h"

static __always_inline struct tg_kin *kin_of(struct task_struct *leader, u64 flags)
{
	return bpf_task_storage_get(&tg_kin, leader, NULL, flags);
}

static __always_inline void put_begun(struct tg_begun *b, struct task_struct *task, u64 since_ns)
{
#pragma unroll
	for (u32 i = 0; i < TG_CAPSETS; i++)
		b->capabilities[i] = capabilities_of(task, i);
#pragma unroll
	for (u32 i = 0; i < TG_NAMESPACES; i++)
		b->namespaces[i] = namespace_inode(task, i);
	b->exec_id = task->self_exec_id;
	b->since_ns = since_ns;
}

/*
 * What the current process is compared with; NULL: no memory to keep it. One that is older than the policy is compared
 * with what it is at the first look; where changes are told once, with what it was when they were told last.
 */
static __always_inline const struct tg_begun *begun_of(struct task_struct *task)
{
	struct tg_kin *kin = kin_of(bpf_get_current_task_btf()->group_leader, BPF_LOCAL_STORAGE_GET_F_CREATE);

	if (!kin) {
		struct tg_stats *st = stats();
		if (st)
			st->read_failed++;
		return NULL;
	}
	if (!kin->begun.since_ns || kin->begun.exec_id != task->self_exec_id)
		put_begun(&kin->begun, task, bpf_ktime_get_boot_ns());
	if (!cfg.tells_once)
		return &kin->begun;
	struct tg_told_key key = { .hook_id = cfg.hook_id, .tgid = task->tgid };
	struct tg_begun *told = bpf_map_lookup_elem(&tg_told, &key);
	return told && told->since_ns == kin->begun.since_ns ? told : &kin->begun;
}

/* An event of the hook was sent: the changes so far have been told. */
static __always_inline void changes_told(void)
{
	struct task_struct *task = current_task();
	struct tg_kin *kin = kin_of(bpf_get_current_task_btf()->group_leader, 0);
	struct tg_told_key key = { .hook_id = cfg.hook_id, .tgid = task->tgid };

	if (!kin)
		return;
	bpf_map_update_elem(&tg_told, &key, &kin->begun, BPF_ANY);
	struct tg_begun *told = bpf_map_lookup_elem(&tg_told, &key);
	if (told)
		put_begun(told, task, kin->begun.since_ns);
}

static __always_inline bool namespaces_changed(const struct tg_begun *was, struct task_struct *task, u64 kinds)
{
#pragma unroll
	for (u32 i = 0; i < TG_NAMESPACES; i++) {
		if (!((kinds >> i) & 1))
			continue;
		u32 is = namespace_inode(task, i);
		if (is && is != was->namespaces[i])
			return true;
	}
	return false;
}
