// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Syscalls where the kernel has no kprobes: one raw tracepoint on every entry, told apart by number and ABI first.
// What it reads behind pointers is user memory, so a decision on that is racy and says so.
#include "../include/hook.h"

struct bpf_raw_tracepoint_args { u64 args[0]; };

SEC("template.raw_tp")
int tg_sys_enter(struct bpf_raw_tracepoint_args *ctx)
{
	u64 raw[TG_RAW];

	clear_raw(raw);
	if ((u32)ctx->args[1] != cfg.syscall_nr)
		return 0;
	struct pt_regs *regs = (void *)ctx->args[0];
	struct task_struct___with_info *task = (void *)bpf_get_current_task();
	bool compat = BPF_CORE_READ(task, thread_info.status) & TS_COMPAT;
	if (compat != (cfg.source == TG_SRC_SYSCALL_REGS32))
		return 0;
	if (compat) {
		raw[0] = (u32)BPF_CORE_READ(regs, bx);
		raw[1] = (u32)BPF_CORE_READ(regs, cx);
		raw[2] = (u32)BPF_CORE_READ(regs, dx);
		raw[3] = (u32)BPF_CORE_READ(regs, si);
		raw[4] = (u32)BPF_CORE_READ(regs, di);
	} else {
		raw[0] = BPF_CORE_READ(regs, di);
		raw[1] = BPF_CORE_READ(regs, si);
		raw[2] = BPF_CORE_READ(regs, dx);
		raw[3] = BPF_CORE_READ(regs, r10);
		raw[4] = BPF_CORE_READ(regs, r8);
	}
	run_hook(raw, false, 0);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
