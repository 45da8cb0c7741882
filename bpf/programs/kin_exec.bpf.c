// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A process runs another program: what it is now is what it begins with. The call that asked for it is over.
#include "../include/lineage_keep.h"

static __always_inline void keep_lists(struct tg_kin *kin, struct task_struct *task)
{
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
			keep_exec(kin, exec_id, &n, LIST_OF(bin), cfg.selectors[si].bin_first, cfg.selectors[si].bin_count, cfg.selectors[si].bin_op);
		if (cfg.selectors[si].par_count)
			keep_exec(kin, exec_id, &n, LIST_OF(par), cfg.selectors[si].par_first, cfg.selectors[si].par_count, cfg.selectors[si].par_op);
	} while (++si < cfg.nselectors);
	scratch_give(n.s);
}

SEC("template.raw_tp")
int tg_kin_exec(void *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf(); /* its process's only thread, and the first */
	struct tg_kin *kin = kin_of(task, BPF_LOCAL_STORAGE_GET_F_CREATE);

	if (!kin)
		return 0;
	put_begun(&kin->begun, task, bpf_ktime_get_boot_ns());
	if (cfg.nselectors)
		keep_lists(kin, task);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
