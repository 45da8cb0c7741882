/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* That a program is there, or goes. */
#pragma once
#include "bpf_pending.h"

static __always_inline void fill_asked(struct tg_bpf_record *r, const struct tg_bpf_pending *p)
{
	r->command = p->command;
	r->attr_size = p->attr_size;
	r->object = p->object;
	r->object_id = p->object_id;
	r->target_id = p->target_id;
	r->prog_id = p->prog_id;
	r->target = p->target;
	r->pin_ino = p->queries;
	r->flags |= p->flags;
	__builtin_memcpy(r->attr, p->attr, sizeof(r->attr));
}

static __always_inline void fill_program(struct tg_bpf_record *r, struct bpf_prog___seen *prog, const struct tg_bpf_pending *p)
{
	fill_prog(&r->prog, prog, true);
	if (p)
		fill_asked(r, p);
	r->object = TG_O_PROG;
	r->object_id = r->prog.id;
	if (r->kind == TG_B_UNLOAD && is_ours(TG_O_PROG, r->prog.id))
		r->flags |= TG_BF_OURS;
}

/* Without a path: the record is made in the ring itself. */
static __always_inline void tell_briefly(struct bpf_prog___seen *prog, u32 kind, u64 boot_ns, const struct tg_bpf_pending *p)
{
	struct tg_bpf_record *r = bpf_ringbuf_reserve(&tg_bpf_events, sizeof(*r), 0);

	if (!r)
		return count_lost();
	begin_record(r, kind, boot_ns);
	fill_program(r, prog, p);
	put_who(r);
	r->flags |= TG_BF_EXE_TOLD;
	r->size_bytes = sizeof(*r);
	/* how full the ring is matters by thousands, and costs a twentieth of the record to ask */
	bpf_ringbuf_submit(r, r->prog.id % 8 ? BPF_RB_NO_WAKEUP : wake_flags());
}

/* Of a first record of a thread; where all buffers are taken by tasks that are stopped, it is told without the path. */
static __always_inline void tell_whole(struct bpf_prog___seen *prog, u32 kind, const struct tg_bpf_pending *p)
{
	struct tg_scratch *s = scratch_take();

	if (!s)
		return tell_briefly(prog, kind, bpf_ktime_get_boot_ns(), p);
	fill_program(record_in(s, kind), prog, p);
	send_record(s, NULL);
}
