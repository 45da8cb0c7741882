/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A task's namespaces and capabilities, as the kernel holds them now. The task is typed, so every step is a load; a pointer
 * that is NULL (a task that is dying has no namespaces) loads as 0.
 */
#pragma once
#include "values.h"

/* The namespace its pids are counted in: not the one its children will be in. */
static __always_inline u32 pid_namespace_inode(struct task_struct *task)
{
	if (!task->thread_pid->level)
		return task->thread_pid->numbers[0].ns->ns.inum;
	struct pid *pid = BPF_CORE_READ(task, thread_pid); /* as a number: a typed pointer takes no variable offset */
	u32 level = BPF_CORE_READ(pid, level);
	struct pid_namespace *ns = NULL;

	if (level > 32)
		return 0;
	bpf_probe_read_kernel(&ns, sizeof(ns), (void *)pid + bpf_core_field_offset(struct pid, numbers)
		+ level * bpf_core_type_size(struct upid) + bpf_core_field_offset(struct upid, ns));
	return BPF_CORE_READ(ns, ns.inum);
}

/* The inode number of one of a task's namespaces; 0: it has none, or it cannot be told. */
static __always_inline u32 namespace_inode(struct task_struct *task, u32 which)
{
	switch (which) {
	case TG_NS_UTS: return task->nsproxy->uts_ns->ns.inum;
	case TG_NS_IPC: return task->nsproxy->ipc_ns->ns.inum;
	case TG_NS_MNT: return task->nsproxy->mnt_ns->ns.inum;
	case TG_NS_PID: return pid_namespace_inode(task);
	case TG_NS_PID_FOR_CHILDREN: return task->nsproxy->pid_ns_for_children->ns.inum;
	case TG_NS_NET: return task->nsproxy->net_ns->ns.inum;
	case TG_NS_TIME: return task->nsproxy->time_ns->ns.inum;
	case TG_NS_TIME_FOR_CHILDREN: return task->nsproxy->time_ns_for_children->ns.inum;
	case TG_NS_CGROUP: return task->nsproxy->cgroup_ns->ns.inum;
	case TG_NS_USER: return task->cred->user_ns->ns.inum;
	}
	return 0;
}

/* One number since 6.3, two of half the width before: the same bytes. */
#define CAP_SET(cred, field) (*(u64 *)((void *)(cred) + bpf_core_field_offset(struct cred, field)))

static __always_inline u64 capabilities_of(struct task_struct *task, u32 which)
{
	const struct cred *cred = task->cred;

	switch (which) {
	case TG_CAP_PERMITTED: return CAP_SET(cred, cap_permitted);
	case TG_CAP_INHERITABLE: return CAP_SET(cred, cap_inheritable);
	}
	return CAP_SET(cred, cap_effective);
}
