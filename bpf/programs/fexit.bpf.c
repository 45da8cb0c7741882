// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A kernel function's return, with the arguments it was entered with.
#include "../include/tracing_args.h"

SEC("fexit/security_file_open")
int tg_fexit(u64 *ctx)
{
	if (quick_miss(ctx))
		return 0;
	u64 raw[TG_ARGS] = {}, ret = 0;

	tracing_args(raw, ctx);
	bpf_get_func_ret(ctx, &ret);
	run_hook(raw, true, ret);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
