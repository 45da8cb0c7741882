/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Whether a text is, begins with, ends with or contains one of a list. Part of match.h. */
#pragma once
#include "contains.h"

static __always_inline bool text_is(struct tg_scratch *s, u32 off, u32 len, u32 string, u32 op)
{
	u32 wanted = cfg.strings[string].len, word = cfg.strings[string].word;

	if ((op == TG_OP_EQ || op == TG_OP_NE) ? differs(len, wanted) : shorter(len, wanted))
		return false;
	if (op == TG_OP_POSTFIX || op == TG_OP_NOTPOSTFIX)
		off = off + len - wanted;
	u64 at = off;
	if (!in_scratch(&at))
		return false;
	u8 *text = &s->data[at];
	NO_UNROLL
	for (u32 k = 0; k < 32; k++) {
		u64 w = word + k;
		asm volatile("" : "+r"(w));
		if (k >= cfg.text_words || k * 8 >= wanted || w >= TG_WORDS)
			break;
		u64 have = *(u64 *)(text + k * 8);
		if (head_of(have ^ cfg.words[w], wanted - k * 8))
			return false;
	}
	return true;
}

struct listed {
	struct tg_scratch *s;
	u32 off, len, first, op, found;
};

static long listed_step(u32 k, struct listed *q)
{
	struct tg_scratch *s = q->s;
	u64 string = q->first + k;

	asm volatile("" : "+r"(string));
	if (!s || string >= TG_STRINGS)
		return 1;
	if (!text_is(s, q->off, q->len, string, q->op))
		return 0;
	q->found = 1;
	return 1;
}

/*
 * Where a hook has many texts, each of a list is asked in a callback, which the verifier walks once and not for each of them; one
 * with few is quicker without. Every text but the first begins behind the first word.
 */
#define TG_FEW_STRINGS 64
#define TG_SHORT_LIST 8

static __always_inline bool any_text(struct tg_scratch *s, u32 off, u32 len, u32 first, u32 count, u32 op)
{
	if (!count)
		return false;
	if (count > TG_SHORT_LIST && cfg.strings[TG_FEW_STRINGS].word && op != TG_OP_CONTAINS && op != TG_OP_CONTAINS_FOLDED) {
		struct listed q = { .s = s, .off = off, .len = len, .first = first, .op = op };

		bpf_loop(count, listed_step, &q, 0);
		return q.found;
	}
	u32 k = 0;
	NO_UNROLL
	do {
		if (first + k >= TG_STRINGS)
			break;
		if (op == TG_OP_CONTAINS || op == TG_OP_CONTAINS_FOLDED ? contains(s, off, len, first + k, op) : text_is(s, off, len, first + k, op))
			return true;
	} while (++k < count);
	return false;
}
