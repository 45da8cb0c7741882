// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A raw tracepoint: its parameters as they are.
#include "../include/hook.h"

struct bpf_raw_tracepoint_args { u64 args[0]; };

SEC("template.raw_tp")
int tg_raw_tp(struct bpf_raw_tracepoint_args *ctx)
{
	u64 raw[TG_RAW];

	clear_raw(raw);
	if (cfg.params_used & 1) raw[0] = ctx->args[0];
	if (cfg.params_used & 2) raw[1] = ctx->args[1];
	if (cfg.params_used & 4) raw[2] = ctx->args[2];
	if (cfg.params_used & 8) raw[3] = ctx->args[3];
	if (cfg.params_used & 16) raw[4] = ctx->args[4];
	run_hook(raw, false, 0);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
