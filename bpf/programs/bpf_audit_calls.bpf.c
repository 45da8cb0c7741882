// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Where no trampoline can be had: the syscall's own tracepoints. They lie on the way of every syscall, and what was asked for is read
// in the memory of whoever asked.
#include "../include/bpf_audit.h"

#define NR_BPF 321
#define TG_BPF_CALLS 1024

struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, TG_BPF_CALLS); __type(key, u64); __type(value, struct tg_bpf_call); } tg_bpf_calls SEC(".maps");

struct bpf_raw_tracepoint_args { u64 args[0]; };

SEC("raw_tp/sys_enter")
int tg_bpf_call(struct bpf_raw_tracepoint_args *ctx)
{
	struct pt_regs *regs = (void *)ctx->args[0];
	u64 thread = bpf_get_current_pid_tgid();

	if (ctx->args[1] != NR_BPF)
		return 0;
	u32 command = BPF_CORE_READ(regs, di), size = BPF_CORE_READ(regs, dx) & 0xff;
	if (command > 63 || !(ALWAYS >> command & 1))
		return 0;
	struct tg_bpf_call call = { .command = command };
	if (size > TG_BPF_ATTR)
		size = TG_BPF_ATTR;
	if (!bpf_probe_read_user(call.attr, size, (void *)BPF_CORE_READ(regs, si)))
		call.attr_size = size;
	if (bpf_map_update_elem(&tg_bpf_calls, &thread, &call, BPF_ANY))
		count_missed();
	return 0;
}

SEC("raw_tp/sys_exit")
int tg_bpf_return(struct bpf_raw_tracepoint_args *ctx)
{
	struct pt_regs *regs = (void *)ctx->args[0];
	u64 thread = bpf_get_current_pid_tgid();

	if (BPF_CORE_READ(regs, orig_ax) != NR_BPF)
		return 0;
	struct tg_bpf_call *p = bpf_map_lookup_elem(&tg_bpf_calls, &thread);
	if (!p)
		return 0;
	struct tg_scratch *s = take_scratch();
	if (s) {
		struct tg_bpf_record *r = record_in(s, TG_B_COMMAND);
		void *object;
		r->command = p->command;
		r->attr_size = p->attr_size;
		__builtin_memcpy(r->attr, p->attr, sizeof(r->attr));
		r->result = (s64)ctx->args[1];
		if (r->result >= 0) {
			r->object = object_in(file_of_fd((u32)r->result), &object);
			r->object_id = id_of(r->object, object);
			if (r->object == TG_O_PROG)
				fill_prog(&r->prog, object, false);
			if (r->object == TG_O_MAP)
				fill_map(&r->map, object);
			if (r->object == TG_O_LINK)
				fill_link(&r->link, object);
		}
		emit(s, put_culprit(s, false));
	}
	bpf_map_delete_elem(&tg_bpf_calls, &thread);
	return 0;
}

/* Run once by the agent itself: what it does is its own. */
SEC("raw_tp")
int tg_bpf_register(struct bpf_raw_tracepoint_args *ctx)
{
	u32 zero = 0, tgid = bpf_get_current_pid_tgid() >> 32;

	return bpf_map_update_elem(&tg_bpf_agent, &zero, &tgid, BPF_ANY);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
