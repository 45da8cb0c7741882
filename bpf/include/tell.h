/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What came of a call is told, within what a policy and its cgroup may tell. Part of hook.h. */
#pragma once
#include "left.h"
#include "limit.h"
#include "stacks.h"
#include "throttle.h"
#include "tracked.h"
#include "workload.h"

struct outcome { u32 spared, killed, denied, set, first, unplaced; const struct tg_owner *owner; };

static __always_inline bool post(struct tg_scratch *s, u32 si, u32 len, struct policy *p, struct outcome *o, bool has_ret, s64 ret)
{
	struct tg_event *e = &s->event;

	fill_event(e, TG_K_HOOK);
	e->hook_id = cfg.hook_id;
	e->policy_slot = cfg.policy_slot;
	e->generation = cfg.generation;
	e->selector = cfg.selectors[si].index;
	e->action = cfg.selectors[si].last_action;
	e->spared = o->spared;
	e->denied = o->denied;
	e->killed = o->killed;
	e->nargs = cfg.nargs;
	if (cfg.sock_group)
		name_owner(e, o->owner);
	if (cfg.sets)
		e->flags |= o->set;
	if (cfg.same_ms && o->first) {
		e->flags |= TG_E_FIRST;
		e->boot_ns = s->same_ns;
		e->seen_tgid = s->same.hash;
		e->seen_tid = s->same.hash >> 32;
	}
	if (o->unplaced)
		e->flags |= TG_E_UNPLACED;
	e->has_ret = has_ret;
	e->ret = has_ret && !cfg.ret_object ? (s64)number_of(cfg.ret_type, ret) : 0;
#ifdef TG_HASHES
	if (cfg.selectors[si].hashes)
		e->nargs++;
#endif
	if (cfg.stacks)
		len = put_stacks(s, cfg.selectors[si].stacks, len);
	bool sent = !send_event(s, len);
	if (cfg.tells_once && sent)
		changes_told();
	__sync_fetch_and_add(sent ? &p->state->posted : &p->state->lost, 1);
	return sent;
}

/* More than the cgroup may tell. */
static __always_inline bool is_throttled(struct tg_scratch *s, struct policy *p)
{
	bool over = (cfg.throttle_events && is_over(s, cfg.hook_id, cfg.generation, cfg.throttle_events, (u64)cfg.throttle_ms * 1000000))
		|| (cfg.cgroup_throttled && is_over_cgroup_rate(s, TG_R_POLICIES));

	if (over)
		__sync_fetch_and_add(&p->state->throttled, 1);
	return over;
}

/* What was done to somebody is told however often it is. */
static __always_inline void post_within_limit(struct tg_scratch *s, u32 si, struct policy *p, struct outcome *o, bool has_ret, s64 ret)
{
	bool limited = cfg.selectors[si].limit_ms && !o->killed && !o->denied;
	bool merged = cfg.same_ms && !o->killed && !o->denied && !o->set;

	if (limited || merged)
		s->limit.hash = event_hash(s, si, o->spared, has_ret, ret);
	if (limited) {
		limit_key(&s->limit, si);
		if (is_limited(&s->limit, si)) {
			__sync_fetch_and_add(&p->state->suppressed, 1);
			return;
		}
	}
	if (merged) {
		same_key(s, s->limit.hash);
		if (is_same(s)) {
			__sync_fetch_and_add(&p->state->aggregated, 1);
			return;
		}
		o->first = 1;
	}
	if (!o->killed && !o->denied && !o->set && is_throttled(s, p))
		return;
	if (!post(s, si, s->texts.len, p, o, has_ret, ret))
		return;
	if (limited)
		limit_from_now(&s->limit);
	if (merged)
		same_from_now(s);
}

/* A selector that matched is told of; the values are in the scratch buffer. */
static __always_inline void tell(struct tg_scratch *s, u32 si, struct policy *p, struct outcome *o, bool has_ret, s64 ret)
{
	if (!cfg.selectors[si].post)
		return;
	if (!s) {
		__sync_fetch_and_add(&p->state->lost, 1);
		return;
	}
	o->denied = cfg.selectors[si].error && !o->spared;
	post_within_limit(s, si, p, o, has_ret, ret);
}
