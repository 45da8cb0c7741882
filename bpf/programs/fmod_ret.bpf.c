// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A verdict in front of a function that may be made to fail: security_* everywhere, syscalls with error injection.
// Returns 64 bits: an int's -1 would reach a syscall's caller zero-extended, as success.
#include "../include/tracing_args.h"

SEC("fmod_ret/security_file_open")
long tg_fmod_ret(u64 *ctx)
{
	if (quick_miss(ctx))
		return 0;
	u64 raw[TG_ARGS] = {};

	tracing_args(raw, ctx);
	return run_hook(raw, false, 0);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
