/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Fills in who it is that runs now. For programs that have the kernel's types: fentry, fexit, lsm, raw_tp. */
#pragma once
#include "task_state.h"

#define NS_PER_S 1000000000LL
#define NS_MASK 0x3fffffff /* from 6.13 on a flag stands above them */

struct timespec64___whole { s64 tv_sec; long tv_nsec; } KERNEL_TYPE;
struct inode___to_6_5 { struct timespec64___whole i_ctime; } KERNEL_TYPE;
struct inode___to_6_10 { struct timespec64___whole __i_ctime; } KERNEL_TYPE;
struct inode___from_6_11 { s64 i_ctime_sec; u32 i_ctime_nsec; } KERNEL_TYPE;

/* Three names for one thing. */
static __always_inline s64 ctime_ns_of(struct inode *inode)
{
	struct inode___from_6_11 *newest = (void *)inode;
	void *field;

	if (bpf_core_field_exists(newest->i_ctime_sec))
		return BPF_CORE_READ(newest, i_ctime_sec) * NS_PER_S + (BPF_CORE_READ(newest, i_ctime_nsec) & NS_MASK);
	if (bpf_core_field_exists(struct inode___to_6_10, __i_ctime))
		field = (void *)inode + bpf_core_field_offset(struct inode___to_6_10, __i_ctime);
	else if (bpf_core_field_exists(struct inode___to_6_5, i_ctime))
		field = (void *)inode + bpf_core_field_offset(struct inode___to_6_5, i_ctime);
	else
		return 0;
	s64 seconds = BPF_CORE_READ((struct timespec64___whole *)field, tv_sec);
	return seconds * NS_PER_S + BPF_CORE_READ((struct timespec64___whole *)field, tv_nsec);
}

/* The same, of an inode whose type the verifier knows. */
static __always_inline s64 typed_ctime_ns_of(struct inode *inode)
{
	struct inode___from_6_11 *newest = (void *)inode;
	struct inode___to_6_10 *newer = (void *)inode;
	struct inode___to_6_5 *old = (void *)inode;

	if (bpf_core_field_exists(newest->i_ctime_sec))
		return newest->i_ctime_sec * NS_PER_S + (newest->i_ctime_nsec & NS_MASK);
	if (bpf_core_field_exists(newer->__i_ctime))
		return newer->__i_ctime.tv_sec * NS_PER_S + newer->__i_ctime.tv_nsec;
	return bpf_core_field_exists(old->i_ctime) ? old->i_ctime.tv_sec * NS_PER_S + old->i_ctime.tv_nsec : 0;
}

/* By plain loads; of a kernel thread, which may have borrowed somebody's memory, all 0. */
static __always_inline void fill_exe(struct tg_culprit *c, struct task_struct *task)
{
	if (task->flags & PF_KTHREAD) {
		c->exe_ino = c->exe_ctime_ns = 0;
		c->exe_dev = c->exe_magic = c->exe_generation = c->exe_links = 0;
		return;
	}
	struct inode *inode = task->mm->exe_file->f_inode;
	c->exe_ino = inode->i_ino;
	c->exe_dev = inode->i_sb->s_dev;
	c->exe_magic = inode->i_sb->s_magic;
	c->exe_generation = inode->i_generation;
	c->exe_links = inode->i_nlink;
	c->exe_ctime_ns = typed_ctime_ns_of(inode);
}

static __always_inline void fill_ids(struct tg_culprit *c, struct task_struct *task)
{
	const struct cred *cred = task->cred;

	c->uid = cred->uid.val;
	c->euid = cred->euid.val;
	c->gid = cred->gid.val;
	c->user_ns_level = cred->user_ns->level;
	c->cap_effective = capabilities_of(task, TG_CAP_EFFECTIVE);
	c->loginuid = bpf_core_field_exists(task->loginuid) ? task->loginuid.val : (u32)-1;
	c->sessionid = bpf_core_field_exists(task->sessionid) ? task->sessionid : (u32)-1;
#pragma unroll
	for (u32 i = 0; i < TG_NAMESPACES; i++)
		c->namespaces[i] = namespace_inode(task, i);
}

/* The current task, all of it but the path of its program. Bounded: some forty loads. */
static __always_inline void fill_culprit(struct tg_culprit *c)
{
	struct task_struct *task = current_task();
	u64 id = bpf_get_current_pid_tgid();

	c->tgid = id >> 32;
	c->tid = (u32)id;
	c->start_boot_ns = task->group_leader->start_boottime;
	c->parent_tgid = task->real_parent->tgid;
	c->parent_start_boot_ns = task->real_parent->group_leader->start_boottime;
	c->exec_id = task->self_exec_id;
	c->flags = task->flags & PF_KTHREAD ? TG_BY_KTHREAD : task->flags & PF_IO_WORKER ? TG_BY_IO_WORKER : 0;
	c->cgroup_id = bpf_get_current_cgroup_id();
	fill_ids(c, task);
	fill_exe(c, task);
	bpf_get_current_comm(c->comm, sizeof(c->comm));
}

/* The path of the program that runs, as the task's root shows it, at an offset of the scratch data; its length, 0 where it cannot be told. */
static __always_inline u32 put_exe_path(struct tg_scratch *s, u32 off, u32 *whole)
{
	struct task_struct *task = current_task();
	struct file *exe = task->mm->exe_file;

	*whole = 0;
	if (task->flags & PF_KTHREAD || !exe)
		return 0;
	return put_typed_place(s, off, exe->f_path.dentry, exe->f_path.mnt, whole);
}
