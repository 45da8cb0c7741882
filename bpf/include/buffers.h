/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Bytes that an argument leads to, as many as another one or the call itself says. Part of values.h. */
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
