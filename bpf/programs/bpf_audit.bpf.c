// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Who does what by bpf(2): each command as it returns, with the kernel's own copy of what was asked; each program as it gets its id
// and as it goes; each link as it ends.
#include "../include/bpf_asked.h"
#include "../include/bpf_load.h"

static __always_inline void copy_attr(struct tg_bpf_pending *p, const void *attr, u32 size)
{
	if (size > TG_BPF_ATTR)
		size = TG_BPF_ATTR;
	asm volatile("" : "+r"(size));
	if (size > TG_BPF_ATTR)
		return;
	p->attr_size = size;
	if (bpf_probe_read_kernel(p->attr, size, attr))
		p->attr_size = 0;
}

SEC("fentry/security_bpf")
int tg_bpf_asked(u64 *ctx)
{
	u32 command = (u32)ctx[0];

	if (command > 63 || !(WANTED >> command & 1))
		return 0;
	if (!(ALWAYS >> command & 1) && is_agent())
		return 0;
	struct tg_bpf_pending *p = begin_pending(command);
	if (!p)
		return 0;
	copy_attr(p, (void *)ctx[1], (u32)ctx[2]);
	if (ALWAYS >> command & 1)
		note_objects(p);
	else if (!is_told(p))
		end_pending(p);
	return 0;
}

struct bpf_verifier_log { char kbuf[1024]; } KERNEL_TYPE;

/*
 * The verifier writes a message, where the loader asked for a log. It stands in the kernel's memory as well as in the loader's: nobody
 * else can have written it. The last few are kept.
 */
SEC("fexit/bpf_verifier_vlog")
int tg_bpf_said(u64 *ctx)
{
	struct bpf_verifier_log *log = (void *)ctx[0];
	struct tg_bpf_pending *p = pending();

	if (!p || p->command != PROG_LOAD)
		return 0;
	put_said(p, (void *)log + bpf_core_field_offset(log->kbuf));
	return 0;
}

/* What the descriptor that a command gave leads to. */
static __always_inline void fill_given(struct tg_bpf_record *r, u32 fd)
{
	void *object;

	r->object = object_in(file_of_fd(fd), &object);
	r->object_id = id_of(r->object, object);
	if (r->object == TG_O_LINK)
		fill_link(&r->link, object);
	if (r->object == TG_O_MAP)
		fill_map(&r->map, object);
}

static __always_inline bool gives_descriptor(u32 command)
{
	return command == MAP_CREATE || command == OBJ_GET || command == RAW_TRACEPOINT_OPEN || command == LINK_CREATE || command == TOKEN_CREATE;
}

/* It was refused before anybody was asked: what it asked for is what its memory holds by now. */
static __always_inline void fill_refused(struct tg_bpf_record *r, u64 *ctx)
{
	u32 size = (u32)ctx[3] & 0xff;

	r->command = (u32)ctx[0];
	if (size > TG_BPF_ATTR)
		size = TG_BPF_ATTR;
	__builtin_memset(r->attr, 0, sizeof(r->attr));
	if (!(u8)ctx[2] && !bpf_probe_read_user(r->attr, size, (void *)ctx[1]))
		r->attr_size = size;
}

SEC("fexit/__sys_bpf")
int tg_bpf_returned(u64 *ctx)
{
	u32 command = (u32)ctx[0];
	u64 ret = 0;

	if (command > 63 || !(WANTED >> command & 1))
		return 0;
	struct tg_bpf_stats *st = bpf_stats();
	if (st)
		st->commands[(u64)command & (TG_BPF_COMMANDS - 1)]++;
	bpf_get_func_ret(ctx, &ret);
	s64 result = (s32)ret;
	struct tg_bpf_pending *p = pending();
	if (p && p->command != command)
		return 0; /* one in another: the outer one runs a program */
	if (result >= 0 && (command == PROG_LOAD || command == OBJ_PIN)) /* told when it got its id, or its place */
		goto done;
	if (!p && !(ALWAYS >> command & 1 && result < 0))
		return 0;
	struct tg_scratch *s = take_scratch();
	if (!s)
		goto done;
	struct tg_bpf_record *r = record_in(s, TG_B_COMMAND);
	if (p)
		fill_asked(r, p);
	else
		fill_refused(r, ctx);
	r->result = result;
	if (result >= 0 && gives_descriptor(command))
		fill_given(r, (u32)result);
	if (p && r->link.id && p->perf_kind) {
		r->link.perf_kind = p->perf_kind;
		__builtin_memcpy(r->link.name, p->perf_name, sizeof(r->link.name));
	}
	if (is_ours(r->object, r->object_id))
		r->flags |= TG_BF_OURS;
	if (p && command == PROG_LOAD)
		send_said(s, p);
	else
		send_record(s, NULL);
done:
	if (p)
		end_pending(p);
	return 0;
}

enum { IS_LOADED = 1, IS_UNLOADED = 2 };

SEC("fentry/perf_event_bpf_event")
int tg_bpf_program(u64 *ctx)
{
	struct bpf_prog___seen *prog = (void *)PARAMETER(bpf_prog, ctx[0]);
	u32 type = (u32)ctx[1], kind = type == IS_LOADED ? TG_B_LOAD : TG_B_UNLOAD;

	if (type != IS_LOADED && type != IS_UNLOADED)
		return 0;
	struct tg_bpf_pending *k = kept(), *p = type == IS_LOADED ? if_open(k) : NULL;
	u64 now = bpf_ktime_get_boot_ns();
	if (is_path_told(k, now))
		tell_briefly(prog, kind, now, p);
	else
		tell_whole(prog, kind, p);
	if (p) { /* it may still be refused */
		p->object = TG_O_PROG;
		p->object_id = prog->aux->id;
	}
	return 0;
}

SEC("fentry/bpf_link_free")
int tg_bpf_link(u64 *ctx)
{
	struct bpf_link___seen *link = (void *)ctx[0];
	u32 id = BPF_CORE_READ(link, id);

	if (!id)
		return 0; /* it never came to be one */
	struct tg_scratch *s = take_scratch();
	if (!s)
		return 0;
	struct tg_bpf_record *r = record_in(s, TG_B_LINK_FREE);
	fill_link(&r->link, link);
	r->object = TG_O_LINK;
	r->object_id = id;
	if (is_ours(TG_O_LINK, id))
		r->flags |= TG_BF_OURS;
	return send_record(s, NULL);
}

struct bpf_raw_tracepoint_args { u64 args[0]; };

/* Run once by the agent itself: what it does is its own. */
SEC("raw_tp")
int tg_bpf_register(struct bpf_raw_tracepoint_args *ctx)
{
	u32 zero = 0, tgid = bpf_get_current_pid_tgid() >> 32;

	return bpf_map_update_elem(&tg_bpf_agent, &zero, &tgid, BPF_ANY);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
