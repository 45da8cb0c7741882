// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A classic tracepoint: fields of its record, at the offsets the format file gives.
#include "../include/hook.h"

static __always_inline u64 field(const void *ctx, u32 i)
{
	u32 offset = cfg.args[i].offset_bytes, size = cfg.args[i].size_bytes;
	u64 v = 0;

	if (cfg.args[i].type == TG_T_STRING_DATA_LOC || size > 8)
		return 0;
	bpf_probe_read_kernel(&v, size & 15, ctx + offset);
	return v;
}

SEC("template.tracepoint")
int tg_tracepoint(void *ctx)
{
	u64 raw[TG_RAW];

	clear_raw(raw);
	for (u32 i = 0; i < TG_ARGS; i++)
		if (i < cfg.nargs)
			raw[i] = field(ctx, i);
	run_hook(raw, false, 0);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
