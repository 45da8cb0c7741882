// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A process runs another program: what it is now is what it begins with. The call that asked for it is over.
#include "../include/lineage_keep.h"

SEC("template.raw_tp")
int tg_kin_exec(void *ctx)
{
	struct task_struct *task = current_task(); /* its process's only thread, and the first */
	struct tg_kin *kin = kin_of(bpf_get_current_task_btf(), BPF_LOCAL_STORAGE_GET_F_CREATE);

	if (!kin)
		return 0;
	put_begun(&kin->begun, task, bpf_ktime_get_boot_ns());
	if (cfg.nselectors)
		keep_lists(kin, NULL, task, false);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
