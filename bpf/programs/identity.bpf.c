// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Run by the agent itself: how the kernel knows the file behind a descriptor of its own, which stat does not always show.
#include "../include/act.h"

struct bpf_raw_tracepoint_args { u64 args[0]; };

/* A run answers with 32 bits. */
enum part { INO_LOW, INO_HIGH, DEVICE, GENERATION };

SEC("raw_tp")
int tg_identity(struct bpf_raw_tracepoint_args *ctx)
{
	struct file *file = file_of_fd((u32)ctx->args[0]);
	struct inode *inode = BPF_CORE_READ(file, f_inode);

	switch (ctx->args[1]) {
	case INO_LOW: return (u32)BPF_CORE_READ(inode, i_ino);
	case INO_HIGH: return BPF_CORE_READ(inode, i_ino) >> 32;
	case DEVICE: return BPF_CORE_READ(inode, i_sb, s_dev);
	}
	return BPF_CORE_READ(inode, i_generation);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
