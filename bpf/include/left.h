/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How a verdict gets from the capture, which sees the text, to the LSM hook of the same call, which can refuse it. It is
 * kept with the task: nobody else reads or writes it. One entry per hook of a policy and captured function. An entry is
 * dropped when the same hook captures the task's next call, not when it is used: a call may ask twice.
 */
#pragma once
#include "act.h"
#include "workload.h"

#define TG_BLIND_NS 10000000000ULL

/* A task that never had a verdict left has no storage: one load tells. */
static __always_inline bool may_have_left(void) { return current_task()->bpf_storage != NULL; }

static __always_inline struct tg_lefts *lefts(u64 flags)
{
	return bpf_task_storage_get(&tg_left, bpf_get_current_task_btf(), NULL, flags);
}

/* What this hook, or an older generation of its policy, left for an earlier call. */
static __always_inline void forget(void)
{
	struct tg_lefts *l = may_have_left() ? lefts(0) : NULL;

	if (!l)
		return;
	NO_UNROLL
	for (u32 i = 0; i < TG_LEFT; i++) {
		struct tg_left *v = &l->of[i];
		if (v->family != cfg.family || v->policy_slot != cfg.policy_slot)
			continue;
		if (v->hook_id == cfg.hook_id || (s32)(cfg.generation - v->generation) > 0)
			v->family = TG_K_NONE;
	}
}

#ifndef TG_REFUSES
#define TG_REFUSES 0 /* the program may itself refuse the call */
#endif
#define EAGAIN_NEGATIVE (-11)

/* 0, or the errno of a call that had better not go on. */
static __always_inline long leave(struct tg_policy_state *state, s32 error)
{
	struct tg_lefts *l = lefts(BPF_LOCAL_STORAGE_GET_F_CREATE);
	u32 at = TG_LEFT;

	/* what another family left is of an earlier call: a task is in one of them at a time */
	NO_UNROLL
	for (u32 i = 0; l && i < TG_LEFT; i++) {
		if (l->of[i].family != cfg.family) {
			at = i;
			break;
		}
	}
	if (!l || at >= TG_LEFT) { /* no memory, no room: better deny too much for a while than let this call through */
		if (TG_REFUSES)
			return EAGAIN_NEGATIVE;
		state->blind_until_ns = bpf_ktime_get_boot_ns() + TG_BLIND_NS;
		return 0;
	}
	struct tg_left *v = &l->of[at];
	v->family = cfg.family;
	v->policy_slot = cfg.policy_slot;
	v->hook_id = cfg.hook_id;
	v->generation = cfg.generation;
	v->error = error;
	return 0;
}

static __always_inline bool is_blind(void)
{
	struct policy p = {};

	return policy_of(&p) && p.state->blind_until_ns && bpf_ktime_get_boot_ns() < p.state->blind_until_ns;
}

/*
 * Without the cast, looking at the text a second time is half of what a verdict costs that evaluates it itself: it does so only in
 * tasks in which its capture has matched before. That a task has storage is all the capture tells.
 */
static __always_inline bool is_hinted(void) { return (cfg.roles & TG_ROLE_HINT) && !cfg.has_cast; }

/* What the hint could not be kept for has the verdict look in every task for a while. */
static __always_inline bool had_no_room(void)
{
	u32 slot = cfg.policy_slot;
	struct tg_policy_state *state = bpf_map_lookup_elem(&tg_states, &slot);

	return state && state->blind_until_ns && bpf_ktime_get_boot_ns() < state->blind_until_ns;
}

static __always_inline void hint(struct tg_policy_state *state)
{
	if (!may_have_left() && !lefts(BPF_LOCAL_STORAGE_GET_F_CREATE))
		state->blind_until_ns = bpf_ktime_get_boot_ns() + TG_BLIND_NS;
}

#define ECHILD_NEGATIVE (-10)
#define ESTALE_NEGATIVE (-116)

/*
 * A refused open ends: what any policy left for it is used up. With these two errors the kernel tries again. So is what was left during
 * a walk: the next call may be one that walks nothing, and would not drop it.
 */
static __always_inline void use_up(struct tg_lefts *l, long error)
{
	bool ends = cfg.family == TG_K_OPEN || (cfg.roles & TG_ROLE_WARY);

	if (!ends || !l || error == ECHILD_NEGATIVE || error == ESTALE_NEGATIVE)
		return;
	NO_UNROLL
	for (u32 i = 0; i < TG_LEFT; i++)
		if (l->of[i].family == cfg.family)
			l->of[i].family = TG_K_NONE;
}

/* In the LSM hook: the errno left for the call that runs, or 0. */
static __always_inline long deliver(void)
{
	/* wary: where tasks are stopped in programs, the store cannot always be asked (before 6.2); made, if need be, it can */
	bool has = may_have_left(), wary = cfg.roles & TG_ROLE_WARY;
	struct tg_lefts *l = has ? lefts(wary ? BPF_LOCAL_STORAGE_GET_F_CREATE : 0) : NULL;
	struct policy p = {};
	long error = 0;

	if (!policy_of(&p))
		return 0;
	if (wary && has && !l)
		return spared(p.control) ? 0 : EAGAIN_NEGATIVE;
	if (l) {
		NO_UNROLL
		for (u32 i = 0; i < TG_LEFT; i++) {
			struct tg_left *v = &l->of[i];
			if (v->family == cfg.family && v->policy_slot == cfg.policy_slot) {
				error = v->error;
				break;
			}
		}
	}
	if (!error && is_blind() && (!cfg.workload || in_scope()) && !spared(p.control))
		error = EPERM_NEGATIVE;
	if (!error)
		return 0;
	__sync_fetch_and_add(&p.state->denied, 1);
	if (error < -4095 || error > -1)
		error = EPERM_NEGATIVE;
	use_up(l, error);
	return error;
}
