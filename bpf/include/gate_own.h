/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Guarding ourselves: nobody but us opens our programs, maps and links, takes down their pins, unmounts what they lie on, or
 * traces the agent. What the agent makes is ours from the moment it has an id; what was there before, it writes down.
 */
#pragma once
#include "gate_files.h"

#define PTRACE_MODE_ATTACHING 2
#define PR_SET_MM_OPTION 35
#define PR_SET_MM_EXE 13
#define PR_SET_MM_ALL 14

struct vfsmount___with_sb { struct super_block *mnt_sb; } KERNEL_TYPE;

/* The next version of the agent, as root runs it on the host, until it has made itself known as the agent. */
static __always_inline bool is_successor(struct task_struct *task)
{
	struct request r = {};
	u32 zero = 0;
	struct tg_gate_control *c = bpf_map_lookup_elem(&tg_gate_control, &zero);

	if (!c || !c->successors || task->ptrace || task->cred->uid.val || task->cred->user_ns->level || task->thread_pid->level)
		return false;
	struct tg_gate_loader *loader = loader_of(task->mm->exe_file->f_inode, &r);
	return loader && loader->successor;
}

static __always_inline bool is_ours(void)
{
	struct task_struct *task = current_task();

	return !(task->flags & PF_KTHREAD) && (is_protected_exe(task) || is_successor(task));
}

static __always_inline bool is_hosts(void)
{
	struct task_struct *task = current_task();

	return task->flags & PF_KTHREAD || task->tgid == 1;
}

static __always_inline bool is_own(u32 kind, u32 id)
{
	struct tg_gate_own key = { .kind = kind, .id = id };

	return id && bpf_map_lookup_elem(&tg_gate_own, &key);
}

static __always_inline void own(u32 kind, u32 id)
{
	struct tg_gate_own key = { .kind = kind, .id = id };
	u32 one = 1;

	bpf_map_update_elem(&tg_gate_own, &key, &one, BPF_ANY);
}

/* It is done to us by somebody else: told always, denied where the gate enforces. */
static __always_inline long answer_for_ours(u32 kind, u32 command, u32 object_id, const void *name)
{
	struct request r = { .kind = kind, .command = command, .object_id = object_id, .name = (u64)name, .rule = TG_GATE_DEFAULT };

	r.mode = gate_mode();
	if (r.mode == TG_GATE_OFF)
		return 0;
	who_asks(&r);
	r.essential = is_hosts();
	return answer(&r);
}

/* A descriptor of an object is about to be handed out to somebody else. */
static __always_inline long opened(u32 object, u32 id, const void *name)
{
	return is_own(object, id) ? answer_for_ours(TG_GK_OURS_OPENED, object, id, name) : 0;
}

static __always_inline bool is_own_dir(struct inode *inode)
{
	struct tg_gate_file key = {};

	file_key(&key, inode);
	return bpf_map_lookup_elem(&tg_gate_dirs, &key);
}

/* `dir` is where something goes, `entry` what goes. */
static __always_inline bool takes_down(struct inode *dir, struct dentry *entry)
{
	struct inode *inode = entry->d_inode;

	return is_own_dir(dir) || (inode && is_own_dir(inode));
}

static __always_inline long taken_down(struct dentry *entry)
{
	return is_ours() ? 0 : answer_for_ours(TG_GK_OURS_UNPINNED, 0, 0, BPF_CORE_READ(entry, d_name.name));
}

/* The executable of another process is one of ours, or of a known loader: what is traced does what its tracer wants. */
static __always_inline long traced(struct task_struct *child)
{
	struct request r = {};
	struct inode *inode = child->mm->exe_file->f_inode;
	struct tg_exe key = {};

	if (!inode || is_ours() || is_hosts())
		return 0;
	key.ino = inode->i_ino;
	key.dev = inode->i_sb->s_dev;
	if (bpf_map_lookup_elem(&tg_protected, &key))
		return answer_for_ours(TG_GK_OURS_TRACED, 0, BPF_CORE_READ(child, tgid), NULL);
	return loader_of(inode, &r) ? answer_for_ours(TG_GK_LOADER_TRACED, 0, BPF_CORE_READ(child, tgid), NULL) : 0;
}
