/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Whether a text contains another: each place is asked in a callback, which the verifier walks once however long the text is.
 * Part of match.h.
 */
#pragma once

#define TG_CONTAINED_WORDS 13 /* 99 bytes */

/* Where a text may begin; behind it there is room for the longest value. Opaque to the compiler, which would compare another copy. */
static __always_inline bool in_scratch(u64 *at)
{
	asm volatile("" : "+r"(*at));
	return *at <= TG_DATA_MAX + TG_TEXT_MAX;
}

/*
 * Said so that the verifier does not go on with what the answer tells of the length: that would be another range behind each
 * value, and it would walk the values after it once for each range.
 */
static __always_inline bool shorter(u64 len, u64 wanted)
{
	u64 less = len - wanted;

	asm volatile("" : "+r"(less));
	return less >> 63;
}

static __always_inline bool differs(u64 len, u64 wanted)
{
	u64 bits = len ^ wanted;

	asm volatile("" : "+r"(bits));
	return bits;
}

struct search {
	struct tg_scratch *s;
	u64 head;
	u32 off, word, bytes, folded, found;
};

/* Capital letters of ASCII as small ones, eight bytes at a time. */
static __always_inline u64 folded(u64 word)
{
	u64 low = word & ~BYTE_HIGHS;
	u64 from_a = low + (0x80 - 'A') * BYTE_ONES, beyond_z = low + (0x80 - 'Z' - 1) * BYTE_ONES;

	return word | (from_a & ~beyond_z & ~word & BYTE_HIGHS) >> 2;
}

static long search_step(u32 i, struct search *q)
{
	u32 bytes = q->bytes, first = q->word;
	u64 at = q->off + i;
	struct tg_scratch *s = q->s;

	if (!s || !in_scratch(&at))
		return 1;
	u8 *text = &s->data[at];
	u64 word = *(u64 *)text;
	if (head_of((q->folded ? folded(word) : word) ^ q->head, bytes))
		return 0;
	NO_UNROLL
	for (u32 k = 1; k < TG_CONTAINED_WORDS; k++) {
		u64 w = first + k;
		asm volatile("" : "+r"(w));
		if (k * 8 >= bytes || w >= TG_WORDS)
			break;
		word = *(u64 *)(text + k * 8);
		if (head_of((q->folded ? folded(word) : word) ^ cfg.words[w], bytes - k * 8))
			return 0;
	}
	q->found = 1;
	return 1;
}

static __always_inline bool contains(struct tg_scratch *s, u32 off, u32 len, u32 string, u32 op)
{
	u32 bytes = cfg.strings[string].len, word = cfg.strings[string].word;
	struct search q = { .s = s, .off = off, .word = word, .bytes = bytes, .folded = op == TG_OP_CONTAINS_FOLDED };

	if (shorter(len, bytes) || word >= TG_WORDS)
		return false;
	q.head = cfg.words[word];
	bpf_loop(len - bytes + 1, search_step, &q, 0);
	return q.found;
}
