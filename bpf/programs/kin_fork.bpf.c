// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A process is made (wake_up_new_task): it has not run yet, and what it is now is what it begins with.
#include "../include/lineage_keep.h"

static __always_inline void keep_lists(struct tg_kin *child)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct tg_kin *parent = kin_of(task->group_leader, 0);
	struct now n = { .s = scratch_take() };
	u32 exec_id = task->self_exec_id, si = 0;

	if (!n.s)
		return;
	n.len = put_program(n.s, 0, task);
	NO_UNROLL
	do {
		if (si >= TG_SELECTORS)
			break;
		if (cfg.selectors[si].bin_follow)
			keep_fork(child, parent, exec_id, &n, LIST_OF(bin), cfg.selectors[si].bin_first, cfg.selectors[si].bin_count, cfg.selectors[si].bin_op);
		if (cfg.selectors[si].par_count)
			keep_fork(child, parent, exec_id, &n, LIST_OF(par), cfg.selectors[si].par_first, cfg.selectors[si].par_count, cfg.selectors[si].par_op);
	} while (++si < cfg.nselectors);
	scratch_give(n.s);
}

SEC("template.fentry")
int tg_kin_fork(u64 *ctx)
{
	struct task_struct *child = (void *)ctx[0];

	if (child->pid != child->tgid)
		return 0; /* a thread */
	struct tg_kin *kin = kin_of(child, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!kin)
		return 0;
	put_begun(&kin->begun, child, bpf_ktime_get_boot_ns());
	if (cfg.nselectors)
		keep_lists(kin);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
