/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The raw values of a function that a tracing or LSM program hangs on (ctx is the array of its arguments). */
#pragma once
#define TG_TYPED 1
#include "hook.h"
#include "top_name.h"
#include "ctx_load.h"

#define O_LARGEFILE 0x8000

/* The compiler, which sees that a function of its own always answers 0, leaves the answer's register as it is; the verifier
 * takes offence at what may be left in it. */
static __always_inline long zero(void)
{
	long r = 0;

	asm volatile("" : "+r"(r));
	return r;
}
#define USED(i) (cfg.params_used & (1u << (i)))

static __always_inline void syscall_args(u64 *raw, const struct pt_regs *regs)
{
	if (cfg.source == TG_SRC_SYSCALL_REGS32) {
		if (USED(0)) raw[0] = (u32)regs->bx;
		if (USED(1)) raw[1] = (u32)regs->cx;
		if (USED(2)) raw[2] = (u32)regs->dx;
		if (USED(3)) raw[3] = (u32)regs->si;
		if (USED(4)) raw[4] = (u32)regs->di;
		return;
	}
	if (USED(0)) raw[0] = regs->di;
	if (USED(1)) raw[1] = regs->si;
	if (USED(2)) raw[2] = regs->dx;
	if (USED(3)) raw[3] = regs->r10;
	if (USED(4)) raw[4] = regs->r8;
}

static __always_inline u64 parameter(u64 *ctx, u32 at)
{
	u64 p = 0;

	switch (at) {
	case 0: CTX_LOAD(p, ctx, 0); break;
	case 1: CTX_LOAD(p, ctx, 1); break;
	case 2: CTX_LOAD(p, ctx, 2); break;
	case 3: CTX_LOAD(p, ctx, 3); break;
	}
	return p;
}

static __always_inline bool none_begins_so(u64 word)
{
#pragma unroll
	for (u32 i = 0; i < TG_QUICK; i++) {
		if (i >= cfg.quick_count)
			break;
		if ((word & cfg.quick_mask[i]) == cfg.quick_value[i])
			return false;
	}
	return true;
}

/* Kept in memory across a call. A register that outlives one is pushed and popped, each time. */
#define LATER volatile

/*
 * Most calls end here: the string's first eight bytes are none that a match could begin with. All else is a function of
 * its own (slow), so that this one saves no registers it does not need: what that one takes waits on the stack (LATER),
 * where only it looks. `word` is 0 where nothing was read.
 */
static __always_inline bool quick_miss(u64 *ctx, u64 LATER *word)
{
	if (!cfg.quick_count || cfg.quick_kind >= TG_Q_FILE) {
		*word = 0;
		return false;
	}
	u64 p = parameter(ctx, cfg.quick_param);
	if (cfg.quick_kind == TG_Q_FILENAME) {
		struct filename *filename = (struct filename *)p;

		p = (u64)filename->name;
		/* all but the longest stand in the structure itself, whose type the verifier knows: half the cost of asking the helper */
		if (!cfg.has_cast && p == (u64)filename->iname) {
			*word = *(u64 *)filename->iname;
			return none_begins_so(*word);
		}
	}
	/* what cannot be read, or only by the helper, the slow way knows what to do with */
	if (cfg.has_cast) {
		u64 cast = word_by_cast((void *)p);
		if (cast && none_begins_so(cast))
			return true;
		*word = cast;
		return false;
	}
	if (bpf_probe_read_kernel((void *)word, sizeof(*word), (void *)p)) {
		*word = 0;
		return false;
	}
	return none_begins_so(*word);
}

/* Of a file or path: what its text begins with is its top component. Where the walk up is too long, the slow way knows. */
static __always_inline bool place_miss(struct dentry *dentry, struct vfsmount *mnt)
{
	u64 word = 0;

	if (cfg.quick_inode_count) {
		struct inode *inode = dentry->d_inode;
		if (inode && inode_in(inode, cfg.quick_inode_first, cfg.quick_inode_count))
			return false;
	}
	return top_word(dentry, mnt, &word) && none_begins_so(word);
}

static __always_inline bool path_miss(u64 *ctx)
{
	u64 p;

	if (!cfg.quick_count || cfg.quick_kind < TG_Q_FILE)
		return false;
	p = parameter(ctx, cfg.quick_param);
	switch (cfg.quick_kind) {
	case TG_Q_FILE: {
		struct file *file = DOUBTED((struct file *)p);
		return place_miss(file->f_path.dentry, file->f_path.mnt);
	}
	case TG_Q_CHILD: return place_miss((struct dentry *)parameter(ctx, cfg.quick_entry), ((struct path *)p)->mnt);
	}
	struct path *path = DOUBTED((struct path *)p);
	return place_miss(path->dentry, path->mnt);
}

/* What points to a pointer, an enum or a function no program may load from its context (before 6.15), but ask for. */
#define TAKE(i) \
	if (USED(i)) { \
		if (!(cfg.params_asked & (1u << (i)))) \
			CTX_LOAD(raw[i], ctx, i); \
		else if (bpf_get_func_arg(ctx, i, &raw[i])) \
			raw[i] = 0; \
	}

/* ctx may only be read at constant offsets, and only as many words as the function has parameters */
static __always_inline void tracing_args(u64 *raw, u64 *ctx)
{
	if (cfg.source != TG_SRC_ARGS) {
		syscall_args(raw, (const struct pt_regs *)ctx[0]);
		return;
	}
	TAKE(0);
	TAKE(1);
	TAKE(2);
	TAKE(3);
	TAKE(4);
}
#undef TAKE

#define IO_URING_ENTER 426
#define URING_ANYWHERE 2
#define X32_BIT 0x40000000
#define TS_COMPAT 2

#define TG_ID16 16

static __always_inline u64 register_of(const struct pt_regs *regs, bool compat, u32 at)
{
	switch (at & (TG_ID16 - 1)) {
	case 1: return compat ? (u32)regs->bx : regs->di;
	case 2: return compat ? (u32)regs->cx : regs->si;
	case 3: return regs->dx;
	case 4: return compat ? (u32)regs->si : regs->r10;
	case 5: return compat ? (u32)regs->di : regs->r8;
	case 6: return (u32)regs->cx | (u64)(u32)regs->dx << 32;
	}
	return 0;
}

static __always_inline bool has_ring(struct task_struct *task)
{
	return bpf_core_field_exists(struct task_struct, io_uring) && BPF_CORE_READ(task, io_uring);
}

/* execve and execveat look files up, too, and io_uring does neither. */
static __always_inline bool executes(u32 nr, bool compat)
{
	return compat ? nr == 11 || nr == 358 : nr == 59 || nr == 322;
}

/*
 * Whether the captured function runs for one of the syscalls that are meant; what it is not handed is taken from the
 * registers they were entered with, which no other thread can change. io_uring's workers are threads of the process.
 */
static __always_inline bool by_our_door(u64 *raw)
{
	if (!cfg.door_count)
		return true;
	struct task_struct *task = bpf_get_current_task_btf();
	if (task->flags & PF_IO_WORKER)
		return cfg.door_uring;
	bool compat = ((struct task_struct___with_info *)task)->thread_info.status & TS_COMPAT;
	const struct pt_regs *regs = (void *)bpf_task_pt_regs(task);
	u32 nr = (u32)regs->orig_ax & ~X32_BIT;
	NO_UNROLL
	for (u32 i = 0; i < TG_DOORS; i++) {
		if (i >= cfg.door_count)
			break;
		if (nr != cfg.doors[i].nr || compat != cfg.doors[i].compat)
			continue;
		for (u32 k = 0; raw && k < TG_ARGS; k++)
			if (cfg.doors[i].registers[k]) {
				u64 v = register_of(regs, compat, cfg.doors[i].registers[k]);
				if (cfg.doors[i].registers[k] & TG_ID16)
					v = (u16)v == 0xffff ? (u64)-1 : (u16)v;
				raw[k] = v;
			}
		return true;
	}
	if (!cfg.door_uring)
		return false;
	/*
	 * What waited (linked to another request, or for a file to be ready) is done on the way back from whatever call comes next.
	 * A program that has a ring and is not executed right now may be doing so.
	 */
	return nr == IO_URING_ENTER || (cfg.door_uring == URING_ANYWHERE && has_ring(task) && !executes(nr, compat));
}

#define MSG_FASTOPEN 0x20000000

/* Values that stand in no parameter of the function: implied by it, or in what a parameter leads to. False: not a call that is meant. */
static __always_inline bool further_args(u64 *raw, u64 *ctx)
{
#pragma unroll
	for (u32 k = 0; k < TG_ARGS; k++)
		if (cfg.fixed_mask & (1u << k))
			raw[k] = (s64)cfg.fixed[k];
	if (cfg.open_param == 3) {
		struct open_flags *open;
		CTX_LOAD(open, ctx, 2);
		raw[cfg.open_flags_at & 3] = (u32)open->open_flag & ~O_LARGEFILE;
		raw[cfg.open_mode_at & 3] = open->mode & 07777;
	}
	if (cfg.file_flags_at) {
		struct file *file;
		CTX_LOAD(file, ctx, 0);
		raw[(cfg.file_flags_at - 1) & 3] = file->f_flags & ~O_LARGEFILE;
	}
	if (cfg.user_name_param == 2) {
		struct filename *name;
		CTX_LOAD(name, ctx, 1);
		if (!name->uptr)
			return false;
	}
	if (cfg.msg_param == 2) {
		struct msghdr *msg;
		CTX_LOAD(msg, ctx, 1);
		if (cfg.msg_fast_open && !(msg->msg_flags & MSG_FASTOPEN))
			return false;
		raw[cfg.msg_name_at & 3] = (u64)msg->msg_name;
	}
	return true;
}
