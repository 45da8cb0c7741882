// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A path is walked: its name is kept for the LSM hook that may refuse the call. Of calls that change nothing no hook asks.
#define TG_TRUSTED 1
#include "../include/tracing_args.h"
#include "../include/walks.h"

static __always_inline bool only_looks(u32 nr, bool compat)
{
	if (compat)
		switch (nr) { /* open, access, readlink, stat, lstat, their 64-bit and `at` forms, statx, openat2, faccessat2 */
		case 5: case 33: case 85: case 106: case 107: case 195: case 196: case 295: case 300: case 305: case 307: case 383: case 437: case 439:
			return true;
		default:
			return false;
		}
	switch (nr) { /* open, stat, lstat, access, chdir, readlink, openat, newfstatat, readlinkat, faccessat, statx, openat2, faccessat2 */
	case 2: case 4: case 6: case 21: case 80: case 89: case 257: case 262: case 267: case 269: case 332: case 437: case 439:
		return true;
	default:
		return false;
	}
}

static __noinline long slow(u64 *ctx, u64 word)
{
	return keep_walk();
}

SEC("template.lsm")
int tg_walk(u64 *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();

	if (!is_walking(ctx[0]))
		return 0;
	/* what waits on a ring is done on the way back from any call */
	if (!(task->flags & PF_IO_WORKER) && !has_ring(task)) {
		const struct pt_regs *regs = (void *)bpf_task_pt_regs(task);
		bool compat = ((struct task_struct___with_info *)task)->thread_info.status & TS_COMPAT;
		if (only_looks((u32)regs->orig_ax & ~X32_BIT, compat))
			return 0;
	}
	return (int)slow(ctx, 0);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
