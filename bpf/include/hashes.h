/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A hook that tells the digest of a file. IMA reads the file for it, so this sleeps: the scratch buffer, of which others on
 * the CPU want one, is given back meanwhile, and the call is looked at again when the digest is there.
 */
#pragma once
#define TG_HASHES 1
#define TG_TRUSTED 1
#define TG_NETWORK 0 /* no LSM hook about a file is handed a packet or an address, and the stack has no room for one */
#include "tracing_args.h"

struct digest { long algorithm; u8 bytes[TG_HASH_BYTES]; };

static __always_inline void take_digest(struct digest *d, u64 *ctx)
{
	struct file *file = NULL;

	if (cfg.hash_of == TG_HASH_OF_BINPRM) {
		struct linux_binprm *binprm;
		CTX_LOAD(binprm, ctx, 0);
		file = binprm->file;
	} else {
		CTX_LOAD(file, ctx, 0);
	}
	d->algorithm = -1;
	if (file)
		d->algorithm = bpf_ima_file_hash(file, d->bytes, sizeof(d->bytes));
}

/* Behind the arguments. */
static __always_inline void put_digest(struct tg_scratch *s, const struct digest *d)
{
	u32 off = s->texts.len;
	struct tg_value *head;

	asm volatile("" : "+r"(off));
	if (off > TG_DATA_MAX + TG_TEXT_MAX)
		return;
	off &= ~7u;
	head = (void *)&s->data[off];
	head->type = TG_T_HASH;
	head->status = d->algorithm < 0 ? TG_V_BAD : TG_V_READ;
	head->number = d->algorithm;
	head->len = TG_HASH_BYTES;
	__builtin_memcpy(&s->data[off + sizeof(*head)], d->bytes, TG_HASH_BYTES);
	s->texts.len = off + sizeof(*head) + TG_HASH_BYTES;
}

/* Nothing could be looked at: where a denial hangs on it, the call is denied. */
static __always_inline long unseen(void)
{
	struct policy p = {};

	if (!policy_of(&p))
		return 0;
	__sync_fetch_and_add(&p.state->lost, 1);
	return (cfg.roles & TG_ROLE_VERDICT) && !is_past(p.control) && !spared(p.control) ? EPERM_NEGATIVE : 0;
}

static __always_inline long run_hashing_hook(u64 *ctx, u64 *raw, const struct head *head)
{
	struct digest d = {};
	bool taken = false;
	long result = 0;
	u32 of = 0;

	if (cfg.whose) {
		of = whose_is_it();
		if (!of)
			return 0;
	}
	if (cfg.has_routes)
		follow_routes(raw);
again:;
	struct tg_scratch *s = scratch_take();
	if (!s)
		return unseen();
	put_values(s, raw, 0);
	int si = select_first(raw, s, false, 0, head, of);
	if (si < 0 || si >= TG_SELECTORS)
		goto done;
	if (cfg.selectors[si].hashes && !taken) {
		scratch_give(s);
		take_digest(&d, ctx);
		taken = true;
		goto again;
	}
	if (cfg.selectors[si].hashes)
		put_digest(s, &d);
	capture(s, si, raw, false, 0, of >> TG_UNKNOWN_SHIFT);
	if (cfg.roles & TG_ROLE_VERDICT)
		result = verdict(si, of >> TG_UNKNOWN_SHIFT);
done:
	scratch_give(s);
	return result;
}
