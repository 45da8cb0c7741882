// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The return of a syscall where the kernel has no kprobes: its registers still hold the arguments it was entered with.
#include "../include/hook.h"

struct bpf_raw_tracepoint_args { u64 args[0]; };

SEC("template.raw_tp")
int tg_sys_exit(struct bpf_raw_tracepoint_args *ctx)
{
	struct pt_regs *regs = (void *)ctx->args[0];
	u64 raw[TG_RAW];

	clear_raw(raw);
	if ((u32)BPF_CORE_READ(regs, orig_ax) != cfg.syscall_nr)
		return 0;
	raw[0] = BPF_CORE_READ(regs, di);
	raw[1] = BPF_CORE_READ(regs, si);
	raw[2] = BPF_CORE_READ(regs, dx);
	raw[3] = BPF_CORE_READ(regs, r10);
	raw[4] = BPF_CORE_READ(regs, r8);
	run_hook(raw, true, ctx->args[1]);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
