/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * One hook, whatever it hangs on. In order: select; see whether it may act; kill; count; post.
 * Roles keep the halves apart: a capture posts, kills and counts; a verdict only returns the errno, because after one
 * verdict denies, those behind it do not run.
 */
#pragma once
#define TG_TEMPLATE 1
#include "tell.h"

static __always_inline void kill_if_asked(u32 si, struct policy *p, struct outcome *o)
{
	if (!(cfg.roles & TG_ROLE_KILL) || !cfg.selectors[si].signal || o->spared || o->unplaced)
		return;
	if (!budget_take(p->state, p->control->kill_per_minute)) {
		o->spared = TG_SPARED_BUDGET;
		return;
	}
	if (bpf_send_signal(cfg.selectors[si].signal) == 0) {
		o->killed = 1;
		__sync_fetch_and_add(&p->state->killed, 1);
	}
}

/*
 * Overwrites four bytes of the program that is stopped. Only programs on programs are made of this: elsewhere the kernel
 * has no such helper, and the call would keep them from being loaded.
 */
static __always_inline void set_if_asked(u32 si, const u64 *raw, struct outcome *o)
{
#ifdef TG_IN_PROGRAM
	u32 at = cfg.selectors[si].set_param, value = cfg.selectors[si].set_value;

	if (!at || at > TG_ARGS || o->spared || o->unplaced)
		return;
	o->set = bpf_probe_write_user((void *)raw[at - 1], &value, sizeof(value)) ? TG_E_NOT_SET : TG_E_SET;
#endif
}

/* Of the policy and of the selector; where the map has no room, of the policy alone. */
static __always_inline void count_would_have(u32 si, struct policy *p)
{
	struct tg_would_key key = { .hook_id = cfg.hook_id, .selector = cfg.selectors[si].index };
	u64 one = 1, *count;

	__sync_fetch_and_add(&p->state->would_have, 1);
	/* one look-up in the code, not two: the kernel copies a whole program for each that it writes out */
	if (bpf_map_update_elem(&tg_woulds, &key, &one, BPF_NOEXIST) == 0)
		return;
	count = bpf_map_lookup_elem(&tg_woulds, &key);
	if (count)
		__sync_fetch_and_add(count, 1);
}

/* A later generation has taken over, and no call is on its way any more that would meet only this one. */
static __always_inline bool is_past(const struct tg_policy_control *control)
{
	return control->generation_past && (s32)(cfg.generation - control->generation_past) < 0;
}

/* Of two joint programs that hold the same copy, the one that posts and kills; both deny. */
static __always_inline bool in_charge(void)
{
	u32 slot = cfg.joint_slot;

	if (!cfg.joint_generation)
		return true;
	struct tg_policy_control *control = bpf_map_lookup_elem(&tg_policies, &slot);
	return !control || control->generation_posting == cfg.joint_generation;
}

/* A matched selector in a capture; without a scratch buffer the event is lost, not the denial. 0, or as `leave`. */
static __always_inline long capture(struct tg_scratch *s, u32 si, const u64 *raw, bool has_ret, s64 ret, u32 unknown)
{
	long refused = 0;
	struct policy p = {};
	struct outcome o = { .unplaced = cfg.has_scopes ? unknown >> si & 1 : 0 };
	bool acts = cfg.selectors[si].signal || cfg.selectors[si].error || (cfg.sets && cfg.selectors[si].set_param);

	if (!policy_of(&p) || is_past(p.control))
		return refused;
	if (is_hinted() && cfg.selectors[si].error)
		hint(p.state);
	bool posting = (!p.control->generation_posting || p.control->generation_posting == cfg.generation) && in_charge();
	if (!posting && !(cfg.roles & TG_ROLE_LEAVE))
		return refused;
	if (acts)
		o.spared = forgotten(spared(p.control), p.control->kill_per_minute);
	if (acts && o.unplaced && !o.spared && !cfg.selectors[si].error)
		o.spared = TG_SPARED_UNPLACED; /* a denial would have been the most that is done to it */
	if (posting)
		kill_if_asked(si, &p, &o);
	if (posting && cfg.sets)
		set_if_asked(si, raw, &o);
	/* the denial that belongs to a refused kill is left out; whoever does not kill asks the bucket only */
	if ((cfg.roles & TG_ROLE_LEAVE) && cfg.selectors[si].error && !o.spared && ((posting && (cfg.roles & TG_ROLE_KILL)) || o.unplaced || !cfg.selectors[si].paired || !p.state->exhausted))
		refused = leave(p.state, cfg.selectors[si].error);
	if (!posting)
		return refused;
	if (acts && o.spared && (cfg.roles & TG_ROLE_COUNT))
		count_would_have(si, &p);
	if (!(cfg.roles & TG_ROLE_POST))
		return refused;
	if (cfg.sock_group)
		o.owner = owner_among(raw, 0);
	tell(s, si, &p, &o, has_ret, ret);
	if (cfg.sock_group)
		follow_socks(si, raw, has_ret, ret);
	return refused;
}

/* The text could not be looked at: where a denial hangs on it, the call is denied. */
static __always_inline long capture_unread(void)
{
	struct policy p = {};

	if (!(cfg.roles & (TG_ROLE_LEAVE | TG_ROLE_HINT)) || !policy_of(&p) || is_past(p.control))
		return 0;
	if (is_hinted())
		hint(p.state);
	if (!(cfg.roles & TG_ROLE_LEAVE) || spared(p.control))
		return 0;
	return leave(p.state, EPERM_NEGATIVE);
}

/* What decides could not be looked at, as no buffer was free: nobody knows that the call is not meant. */
static __always_inline long verdict_unread(void)
{
	struct policy p = {};

	return policy_of(&p) && !is_past(p.control) && !spared(p.control) ? EPERM_NEGATIVE : 0;
}

/* A matched selector in a verdict: the errno, or 0. */
static __always_inline long verdict(u32 si, u32 unknown)
{
	struct policy p = {};
	long error = cfg.selectors[si].error;

	if (!error || !policy_of(&p) || is_past(p.control) || spared(p.control))
		return 0;
	if (cfg.selectors[si].paired && p.state->exhausted && !(cfg.has_scopes && unknown >> si & 1))
		return 0; /* the denial belongs to a kill that the budget refused; who is not known is not killed */
	__sync_fetch_and_add(&p.state->denied, 1);
	if (error < -4095 || error > -1)
		error = EPERM_NEGATIVE;
	return error;
}

/*
 * The values are written in one place, before the selectors where these look at text and else behind them: what writes them is
 * most of a template, and a jump reaches no further than 32767 instructions.
 */
static __always_inline long run_hook_after(u64 *raw, bool has_ret, s64 ret, const struct head *head)
{
	struct tg_scratch *s = NULL;
	long result = 0;
	int si = -1;
	u32 of = 0;

	if (cfg.whose) {
		of = whose_is_it();
		if (!of)
			return 0;
	}
	if (cfg.has_routes)
		follow_routes(raw);
	if (cfg.ret_object)
		raw[TG_RETURNED] = ret;
	if (cfg.needs_text) {
		s = scratch_take();
		if (s)
			goto put;
		return cfg.roles & TG_ROLE_VERDICT ? verdict_unread() : capture_unread();
	}
select:
	si = select_first(raw, s, has_ret, ret, head, of);
	if (si < 0 || si >= TG_SELECTORS)
		goto done;
	if (cfg.nselectors == 1)
		si = 0; /* a constant: what other selectors may ask for is left out of the copy */
	if (cfg.roles & TG_ROLE_VERDICT) {
		result = verdict(si, of >> TG_UNKNOWN_SHIFT);
		goto done;
	}
	if (!s)
		s = scratch_take();
	if (cfg.needs_text || !s || !(cfg.roles & TG_ROLE_POST) || !cfg.selectors[si].post)
		goto act;
put:
	put_values(s, raw, has_ret ? (s64)number_of(cfg.ret_type, ret) : 0);
	if (cfg.needs_text)
		goto select;
act:
	result = capture(s, si, raw, has_ret, ret, of >> TG_UNKNOWN_SHIFT);
done:
	if (s)
		scratch_give(s);
	return result;
}

static __always_inline long run_hook(u64 *raw, bool has_ret, s64 ret)
{
	struct head unread = {};

	return run_hook_after(raw, has_ret, ret, &unread);
}
