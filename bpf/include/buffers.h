/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Bytes that an argument leads to, as many as another one or the call itself says, in one piece or several. Part of values.h. */
#pragma once

static __always_inline u32 put_buffer(struct tg_scratch *s, u32 off, const void *p, u64 size, bool user, u32 *bad)
{
	u32 n = size > TG_TEXT_MAX - 1 ? TG_TEXT_MAX - 1 : (u32)size;

	asm volatile("" : "+r"(n));
	n &= TG_TEXT_MAX - 1;
	long r = user ? bpf_probe_read_user(&s->data[off & DATA_MASK], n, p) : bpf_probe_read_kernel(&s->data[off & DATA_MASK], n, p);
	if (r) {
		*bad = 1;
		return 0;
	}
	return n;
}

/* More than a page of it, where what stands before leaves room. */
static __always_inline u32 put_large(struct tg_scratch *s, u32 off, const void *p, u64 size, bool user, u32 *bad)
{
	u32 n = size > TG_DATA_MAX - 1 ? TG_DATA_MAX - 1 : (u32)size;

	asm volatile("" : "+r"(n), "+r"(off));
	n &= TG_DATA_MAX - 1;
	off &= TG_TEXT_MAX - 1;
	if (user ? bpf_probe_read_user(&s->data[off], n, p) : bpf_probe_read_kernel(&s->data[off], n, p)) {
		*bad = 1;
		return 0;
	}
	return n;
}

static __always_inline u32 put_bytes(struct tg_scratch *s, u32 i, u32 off, const void *p, u64 size, bool user, u32 *bad)
{
	return cfg.args[i].large && off < TG_TEXT_MAX ? put_large(s, off, p, size, user, bad) : put_buffer(s, off, p, size, user, bad);
}

#define TG_PIECES 1024 /* the kernel takes no more */

struct gathering { struct tg_scratch *s; };

static long gather_step(u32 i, struct gathering *of)
{
	struct iovec piece = {};
	struct tg_scratch *s = of->s;

	if (!s)
		return 1;
	struct tg_gathering *g = &s->gathering;
	u64 at = g->pieces + i * sizeof(piece);
	if ((s64)at < 0 ? bpf_probe_read_kernel(&piece, sizeof(piece), (void *)at) : bpf_probe_read_user(&piece, sizeof(piece), (void *)at)) {
		g->bad = 1;
		return 1;
	}
	u64 size = piece.iov_len, done = g->done, to = g->off + done;
	if (size > g->most - g->total)
		size = g->most - g->total;
	g->total += size;
	if (size > TG_TEXT_MAX - 1 - done)
		size = TG_TEXT_MAX - 1 - done;
	asm volatile("" : "+r"(size), "+r"(to));
	size &= TG_TEXT_MAX - 1;
	if (!size)
		return 0;
	if (bpf_probe_read_user(&s->data[to & DATA_MASK], size, piece.iov_base)) {
		g->bad = 1;
		return 1;
	}
	g->done = done + size;
	return g->total >= g->most;
}

/* What the pieces of a transfer hold, one behind another; `most`: how many bytes are meant. */
static __always_inline u32 gather(struct tg_scratch *s, u32 off, u64 pieces, u64 count, u64 most)
{
	struct gathering of = { .s = s };

	if (!s)
		return 0;
	s->gathering.pieces = pieces;
	s->gathering.total = s->gathering.done = s->gathering.bad = 0;
	s->gathering.most = most;
	s->gathering.off = off;
	bpf_loop(count > TG_PIECES ? TG_PIECES : count, gather_step, &of, 0);
	return s->gathering.done & (TG_TEXT_MAX - 1);
}
