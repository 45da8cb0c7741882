/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Numbers in their width, and strings. Part of values.h. */
#pragma once

/* A number in the width the policy or the prototype gives it, sign- or zero-extended. */
static __always_inline u64 number_of(u32 type, u64 raw)
{
	switch (type) {
	case TG_T_S32: return (s64)(s32)raw;
	case TG_T_U32: case TG_T_FD: return (u32)raw;
	case TG_T_S16: return (s64)(short)raw;
	case TG_T_U16: return (u16)raw;
	case TG_T_S8: return (s64)(signed char)raw;
	case TG_T_U8: return (u8)raw;
	default: return raw;
	}
}

#define TG_BLOCK_WORDS 8
#define BYTE_ONES 0x0101010101010101ULL
#define BYTE_HIGHS 0x8080808080808080ULL

/*
 * Bytes before the first NUL of a little-endian word; the high bit of each NUL, or of what follows one, is set in `zeros`,
 * of which one at least is. Below the lowest such bit lie as many low bits of bytes as the answer plus one. No branches:
 * the verifier would walk what follows once for every answer.
 */
static __always_inline u32 bytes_before(u64 zeros)
{
	u64 below = ((zeros & -zeros) - 1) & BYTE_ONES;

	return ((below * BYTE_ONES >> 56) - 1) & 7;
}

/*
 * A short string in kernel memory: one block is read, its end looked for by words. The kernel's own string reader goes
 * byte by byte. Negative: the string is longer, or the block does not lie in mapped memory; nothing is decided then.
 */
static __always_inline long put_short_string(u8 *to, const void *p)
{
	u64 *words = (u64 *)to;

	if (bpf_probe_read_kernel(to, 8 * TG_BLOCK_WORDS, p))
		return -1;
#pragma unroll
	for (u32 k = 0; k < TG_BLOCK_WORDS; k++) {
		u64 word = words[k], zeros = (word - BYTE_ONES) & ~word & BYTE_HIGHS;
		if (!zeros)
			continue;
		u32 n = bytes_before(zeros);
		words[k] = word & ~(~0ULL << (8 * n)); /* what lies behind the string stays in the kernel */
		return 8 * k + n;
	}
	return -1;
}

static __always_inline u32 put_string(struct tg_scratch *s, u32 off, const void *p, bool user, u32 *bad)
{
	if (!user) {
		long short_len = put_short_string(&s->data[off & DATA_MASK], p);
		if (short_len >= 0)
			return short_len;
	}
	long n = user ? bpf_probe_read_user_str(&s->data[off & DATA_MASK], TG_TEXT_MAX, p)
		      : bpf_probe_read_kernel_str(&s->data[off & DATA_MASK], TG_TEXT_MAX, p);
	if (n < 0) {
		*bad = 1;
		return 0;
	}
	return n ? (u32)(n - 1) : 0; /* 0: an empty string in user memory, whose NUL the kernel does not count */
}
