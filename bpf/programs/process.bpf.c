// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The life of processes: exec with its path, arguments and directory; fork; the end of a thread group. And new cgroups.
#include "../include/act.h"
#include "../include/throttle.h"
#include "../include/workload.h"

struct bpf_raw_tracepoint_args { u64 args[0]; };

/* What stands behind the header, at the start of the data: who the parent is. Both are the current task or its kin: a load each. */
static __always_inline struct tg_process *put_process(struct tg_scratch *s, struct task_struct *task, struct task_struct *parent)
{
	struct tg_process *p = (void *)s->data;

	p->parent_tgid = parent->tgid;
	p->parent_start_boot_ns = parent->group_leader->start_boottime;
	p->auid = task->loginuid.val;
	p->exit_code = 0;
	p->reserved = 0;
	return p;
}

static __always_inline u32 append(struct tg_scratch *s, u32 off, u32 type, u32 len, u32 status)
{
	struct tg_value *head = (void *)&s->data[off & (TG_DATA_MAX - 1) & ~7u];

	head->type = type;
	head->status = status;
	head->len = len;
	head->number = 0;
	return (off + sizeof(*head) + len + 7) & ~7u;
}

static __always_inline u32 append_path(struct tg_scratch *s, u32 off, struct dentry *dentry, struct vfsmount *mnt)
{
	u32 whole = 0, len = put_typed_place(s, off + sizeof(struct tg_value), dentry, mnt, &whole);
	return append(s, off, TG_T_PATH, len, whole ? 0 : 2);
}

/* A cgroup in which too many processes begin and end is not told of; the records go on, so that who runs stays known. */
static __always_inline void mark_throttled(struct tg_scratch *s)
{
	struct tg_stats *st = stats();

	if (!is_over_cgroup_rate(s, TG_R_PROCESSES))
		return;
	s->event.flags |= TG_E_THROTTLED;
	if (st)
		st->throttled++;
}

SEC("raw_tp/sched_process_exec")
int tg_exec(struct bpf_raw_tracepoint_args *ctx)
{
	struct task_struct *task = current_task(); /* the tracepoint's own, and typed */
	struct tg_scratch *s = scratch_take();
	u32 off = sizeof(struct tg_process), bad = 0;

	if (!s)
		return 0;
	fill_event(&s->event, TG_K_EXEC);
	put_process(s, task, task->real_parent);
	s->event.nargs = 3;
	struct file *exe = task->mm->exe_file;
	off = append_path(s, off, exe->f_path.dentry, exe->f_path.mnt);
	off = append_path(s, off, task->fs->pwd.dentry, task->fs->pwd.mnt);
	u64 start = task->mm->arg_start, end = task->mm->arg_end;
	u32 len = put_buffer(s, off + sizeof(struct tg_value), (void *)start, end - start, true, &bad);
	off = append(s, off, TG_T_BUF_USER, len, bad);
	mark_throttled(s);
	send_event(s, off);
	scratch_give(s);
	return 0;
}

SEC("raw_tp/sched_process_fork")
int tg_fork(struct bpf_raw_tracepoint_args *ctx)
{
	struct task_struct *parent = current_task(), *child = (void *)ctx->args[1];

	if (BPF_CORE_READ(child, pid) != BPF_CORE_READ(child, tgid))
		return 0; /* a thread: its process is known */
	struct tg_scratch *s = scratch_take();
	if (!s)
		return 0;
	fill_event(&s->event, TG_K_FORK);
	put_process(s, parent, parent); /* the audit id passes on */
	s->event.nargs = 0;
	s->event.tgid = BPF_CORE_READ(child, tgid);
	s->event.tid = s->event.tgid;
	s->event.start_boot_ns = BPF_CORE_READ(child, start_boottime);
	send_event(s, sizeof(struct tg_process));
	scratch_give(s);
	return 0;
}

SEC("raw_tp/sched_process_exit")
int tg_exit(struct bpf_raw_tracepoint_args *ctx)
{
	struct task_struct *task = current_task();

	if (task->signal->live.counter != 0)
		return 0; /* others of the group live on */
	struct tg_scratch *s = scratch_take();
	if (!s)
		return 0;
	fill_event(&s->event, TG_K_EXIT);
	put_process(s, task, task->real_parent)->exit_code = task->exit_code;
	s->event.nargs = 0;
	mark_throttled(s);
	send_event(s, sizeof(struct tg_process));
	scratch_give(s);
	return 0;
}

#define TG_SHORTEST_NAME 35 /* of a pod: it has its id in it */

/* Nothing is told but that one was made: user space looks for itself. It comes before a process can be in it. */
SEC("raw_tp/cgroup_mkdir")
int tg_cgroup(struct bpf_raw_tracepoint_args *ctx)
{
	struct cgroup *made = (void *)ctx->args[0];

	if (name_length(BPF_CORE_READ(made, kn, name)) < TG_SHORTEST_NAME || !is_roots(folder_of(BPF_CORE_READ(made, kn))))
		return 0;
	struct tg_scratch *s = scratch_take();
	if (!s)
		return 0;
	fill_event(&s->event, TG_K_CGROUP);
	s->event.nargs = 0;
	__builtin_memset(s->data, 0, sizeof(struct tg_process));
	send_event(s, sizeof(struct tg_process));
	scratch_give(s);
	return 0;
}

/* Run once by the agent itself: its executable, as the kernel sees it, joins the protected ones. */
SEC("raw_tp")
int tg_register(void *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct inode *inode = BPF_CORE_READ(task, mm, exe_file, f_inode);
	struct tg_exe key = { .ino = BPF_CORE_READ(inode, i_ino), .dev = BPF_CORE_READ(inode, i_sb, s_dev) };
	u32 one = 1;
	u64 bit, *word = protected_word(key.ino, &bit);

	if (!word)
		return -1;
	__sync_fetch_and_or(word, bit);
	return bpf_map_update_elem(&tg_protected, &key, &one, BPF_ANY);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
