// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A classic tracepoint: fields of its record, at the offsets the format file gives.
#define TG_RECORDS 1
#include "../include/hook.h"

static __always_inline u64 number_at(const void *ctx, u32 offset, u32 size)
{
	u64 v = 0;

	if (size <= 8)
		bpf_probe_read_kernel(&v, size & 15, ctx + offset);
	return v;
}

static __always_inline void put_field(u64 *raw, u32 i, const void *ctx)
{
	u32 offset = cfg.args[i].offset_bytes, size = cfg.args[i].size_bytes, lies = cfg.args[i].lies;
	u64 self = (u64)ctx, record = 0;

	if (lies == TG_R_VALUE || lies == TG_R_SIZED) {
		raw[i] = number_at(ctx, offset, size);
		if (lies == TG_R_SIZED)
			raw[TG_ROUTED + i] = number_at(ctx, cfg.args[i].length_offset_bytes, cfg.args[i].length_bytes);
		return;
	}
	bpf_probe_read_kernel(&record, sizeof(record), &self); /* a number, which no verifier takes for the context */
	if (lies == TG_R_INSIDE) {
		raw[i] = record + offset;
		raw[TG_ROUTED + i] = size;
		return;
	}
	u64 where = number_at(ctx, offset, 4);
	raw[i] = record + (where & 0xffff) + (lies == TG_R_BEHIND_FIELD ? offset + 4 : 0);
	raw[TG_ROUTED + i] = where >> 16;
}

SEC("template.tracepoint")
int tg_tracepoint(void *ctx)
{
	u64 raw[TG_RAW];

	clear_raw(raw);
#pragma unroll
	for (u32 i = 0; i < TG_ARGS; i++)
		if (i < cfg.nargs)
			put_field(raw, i, ctx);
	run_hook(raw, false, 0);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
