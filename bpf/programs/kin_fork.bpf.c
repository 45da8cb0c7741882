// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A process is made (wake_up_new_task): it has not run yet, and what it is now is what it begins with.
#include "../include/lineage_keep.h"

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
		keep_lists(kin, kin_of(bpf_get_current_task_btf()->group_leader, 0), current_task(), true);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
