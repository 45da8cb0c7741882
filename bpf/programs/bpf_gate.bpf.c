// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The gate for loads of BPF programs, and the guard of our own objects. Verdicts are made by user space beforehand: nobody is asked
// while a call waits. What the agent itself does passes without a look.
#include "../include/gate_asked.h"

struct bpf_raw_tracepoint_args { u64 args[0]; };
struct bpf_prog___with_override { u16 kprobe_override : 1; } KERNEL_TYPE;
struct bpf_prog_aux___counted { struct { s64 counter; } refcnt; } KERNEL_TYPE;

/* It is being loaded: what is ours is held by us as well. */
static __always_inline bool is_new(struct bpf_prog_aux *aux) { return ((struct bpf_prog_aux___counted *)aux)->refcnt.counter == 1; }

static __always_inline long link_of_ours(u32 command, u32 id)
{
	if (!is_own(TG_GO_LINK, id))
		return 0;
	return answer_for_ours(command == LINK_GET_FD_BY_ID ? TG_GK_OURS_OPENED : TG_GK_OURS_DETACHED, command, id, NULL);
}

SEC("lsm/bpf")
long tg_gate_bpf(u64 *ctx)
{
	u32 command = ctx[0];
	const void *attr = (void *)ctx[1];
	long denied = 0;

	switch (command) {
	case PROG_LOAD: case OBJ_PIN: case PROG_ATTACH: case RAW_TRACEPOINT_OPEN: case LINK_CREATE: case TOKEN_CREATE:
		return is_ours() ? 0 : asked_for(command, attr);
	case MAP_UPDATE:
		return !is_struct_ops(attr_word(attr, 0)) || is_ours() ? 0 : asked_for(command, attr);
	case LINK_GET_FD_BY_ID:
		return is_ours() ? 0 : link_of_ours(command, attr_word(attr, 0));
	case LINK_UPDATE: case LINK_DETACH: {
		struct bpf_link *link;
		if (is_ours())
			return 0;
		link = object_of_fd(attr_word(attr, 0));
		denied = link ? link_of_ours(command, BPF_CORE_READ(link, id)) : 0;
		return denied || command == LINK_DETACH ? denied : asked_for(command, attr);
	}
	}
	return 0;
}

/* Behind the verifier: what a program turned out to be. And each time that somebody is handed a descriptor of one. */
SEC("lsm/bpf_prog")
long tg_gate_prog(u64 *ctx)
{
	struct bpf_prog *prog = PARAMETER(bpf_prog, ctx[0]);
	struct bpf_prog_aux *aux = prog->aux;
	const void *name = (void *)aux + bpf_core_field_offset(struct bpf_prog_aux, name);
	u32 id = aux->id;

	if (is_ours()) {
		own(TG_GO_PROG, id);
		return 0;
	}
	long denied = is_new(aux) ? 0 : opened(TG_GO_PROG, id, name);
	if (denied || !BPF_CORE_READ_BITFIELD((struct bpf_prog___with_override *)prog, kprobe_override))
		return denied;
	struct request r = { .kind = TG_GK_LATE, .command = PROG_LOAD, .mode = gate_mode(), .name = (u64)name };
	if (r.mode == TG_GATE_OFF)
		return 0;
	const struct tg_gate_verdict *v = who_asks(&r);
	r.type = BPF_CORE_READ(prog, type);
	r.object_id = id;
	ask(&r, v, TG_GA_OVERRIDING);
	r.essential = is_hosts();
	return r.rule ? answer(&r) : 0;
}

/* Reading is everybody's: what is written would rule our programs. */
SEC("lsm/bpf_map")
long tg_gate_map(u64 *ctx)
{
	struct bpf_map *map = (void *)ctx[0];
	u32 id = map->id;

	if (is_ours()) {
		own(TG_GO_MAP, id);
		return 0;
	}
	if (!((u32)ctx[1] & FMODE_WRITABLE))
		return 0;
	return opened(TG_GO_MAP, id, (void *)map + bpf_core_field_offset(struct bpf_map, name));
}

SEC("lsm/inode_unlink")
long tg_gate_unlink(u64 *ctx)
{
	return takes_down(PARAMETER(inode, ctx[0]), PARAMETER(dentry, ctx[1])) ? taken_down((void *)ctx[1]) : 0;
}

SEC("lsm/inode_rmdir")
long tg_gate_rmdir(u64 *ctx)
{
	return takes_down(PARAMETER(inode, ctx[0]), PARAMETER(dentry, ctx[1])) ? taken_down((void *)ctx[1]) : 0;
}

SEC("lsm/inode_rename")
long tg_gate_rename(u64 *ctx)
{
	bool ours = takes_down(PARAMETER(inode, ctx[0]), PARAMETER(dentry, ctx[1])) || is_own_dir(PARAMETER(inode, ctx[2]));

	return ours ? taken_down((void *)ctx[1]) : 0;
}

SEC("lsm/sb_umount")
long tg_gate_umount(u64 *ctx)
{
	struct vfsmount___with_sb *mnt = (void *)ctx[0];
	u32 zero = 0;
	struct tg_gate_control *c = bpf_map_lookup_elem(&tg_gate_control, &zero);

	if (!c || !c->bpffs_dev || BPF_CORE_READ(mnt, mnt_sb, s_dev) != c->bpffs_dev || is_ours())
		return 0;
	return answer_for_ours(TG_GK_OURS_UNMOUNTED, 0, 0, NULL);
}

SEC("lsm/ptrace_access_check")
long tg_gate_ptrace(u64 *ctx)
{
	return (u32)ctx[1] & PTRACE_MODE_ATTACHING ? traced(PARAMETER(task_struct, ctx[0])) : 0;
}

/*
 * Who is traced when it becomes a known loader would be told what to do before it could tell anybody. Asked for each file that an
 * exec comes to: behind a script there is the one that runs it.
 */
SEC("lsm/bprm_check_security")
long tg_gate_exec(u64 *ctx)
{
	struct task_struct *task = current_task();
	struct linux_binprm *bprm = PARAMETER(linux_binprm, ctx[0]);
	struct request r = {};

	if (!task->ptrace || !loader_of(bprm->file->f_inode, &r))
		return 0;
	return answer_for_ours(TG_GK_TRACED_EXEC, 0, 0, NULL);
}

/* The executable is what a process is known by: nobody chooses another for itself. */
SEC("lsm/task_prctl")
long tg_gate_prctl(u64 *ctx)
{
	if (ctx[0] != PR_SET_MM_OPTION || (ctx[1] != PR_SET_MM_EXE && ctx[1] != PR_SET_MM_ALL))
		return 0;
	return is_ours() ? 0 : answer_for_ours(TG_GK_EXE_SET, 0, 0, NULL);
}

SEC("lsm/file_open")
long tg_gate_open(u64 *ctx)
{
	noticed_open((void *)PARAMETER(file, ctx[0]));
	return 0;
}

/* Run by the agent, before it reads the file behind a descriptor. */
SEC("raw_tp")
int tg_gate_begin(struct bpf_raw_tracepoint_args *ctx)
{
	return begin_reading(BPF_CORE_READ(file_of_fd((u32)ctx->args[0]), f_inode));
}

/* Run by the agent, when it has read it. */
SEC("raw_tp")
int tg_gate_admit(struct bpf_raw_tracepoint_args *ctx)
{
	return admitted(BPF_CORE_READ(file_of_fd((u32)ctx->args[0]), f_inode));
}

/* Run by the agent: the folder behind a descriptor is ours; or, with 1 beside it, the file system it is on holds our pins. */
SEC("raw_tp")
int tg_gate_folder(struct bpf_raw_tracepoint_args *ctx)
{
	struct file *file = file_of_fd((u32)ctx->args[0]);
	struct inode *inode = BPF_CORE_READ(file, f_inode);
	struct tg_gate_file key = {};
	u32 one = 1, zero = 0;

	found_file_key(&key, inode);
	struct tg_gate_control *c = bpf_map_lookup_elem(&tg_gate_control, &zero);
	if (c && ctx->args[1])
		c->bpffs_dev = key.dev;
	return bpf_map_update_elem(&tg_gate_dirs, &key, &one, BPF_ANY);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
