/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Sockets that a policy tracks: by their address, to the process that made them. What the kernel does with a socket it does
 * in whatever process happens to run; an event on a tracked one names the process it belongs to.
 */
#pragma once
#include "act.h"

/* The socket that an argument is or leads to; 0: it is none. */
static __always_inline u64 sock_at(u32 i, const u64 *raw)
{
	u32 param = cfg.args[i].param;

	if (i >= cfg.nargs || param >= TG_FAILED || route_lost(raw, i) || !is_pointer(raw[param]))
		return 0;
	if (cfg.args[i].type == TG_T_SOCK)
		return raw[param];
	return cfg.args[i].type == TG_T_SOCKET ? (u64)FIELD((struct socket *)raw[param], sk) : 0;
}

static __always_inline struct tg_owner *owner_of(u64 sock)
{
	struct tg_sock_key key = { .sock = sock, .group = cfg.sock_group };

	return sock ? bpf_map_lookup_elem(&tg_socks, &key) : NULL;
}

/* Of the first tracked socket among the arguments; those in `left_out` (bit per argument) are not asked. */
static __always_inline struct tg_owner *owner_among(const u64 *raw, u32 left_out)
{
#pragma unroll
	for (u32 i = 0; i < TG_ARGS; i++) {
		if (cfg.args[i].type != TG_T_SOCK && cfg.args[i].type != TG_T_SOCKET)
			continue;
		struct tg_owner *owner = left_out & (1u << i) ? NULL : owner_of(sock_at(i, raw));
		if (owner)
			return owner;
	}
	return NULL;
}

/* `heir`: whose other socket the call is about, the one that listened, say; the process that runs where there is none. */
static __always_inline void track(u64 sock, const struct tg_owner *heir)
{
	struct tg_sock_key key = { .sock = sock, .group = cfg.sock_group };
	struct tg_owner owner = {};
	u64 id = bpf_get_current_pid_tgid();

	if (!is_pointer(sock))
		return;
	if (heir) {
		owner = *heir;
	} else {
		owner.tgid = id >> 32;
		owner.tid = (u32)id;
		owner.start_boot_ns = current_task()->group_leader->start_boottime;
	}
	bpf_map_update_elem(&tg_socks, &key, &owner, BPF_ANY);
}

static __always_inline void untrack(u64 sock)
{
	struct tg_sock_key key = { .sock = sock, .group = cfg.sock_group };

	if (sock)
		bpf_map_delete_elem(&tg_socks, &key);
}

/* What the matched selector, and the hook of what it returned, say of sockets. After the event, which is of what was before. */
static __always_inline void follow_socks(u32 si, const u64 *raw, bool has_ret, u64 ret)
{
#pragma unroll
	for (u32 i = 0; i < TG_ARGS; i++) {
		if (cfg.args[i].type != TG_T_SOCK && cfg.args[i].type != TG_T_SOCKET)
			continue;
		if (cfg.selectors[si].track_mask & (1u << i))
			track(sock_at(i, raw), owner_among(raw, 1u << i));
		if (cfg.selectors[si].untrack_mask & (1u << i))
			untrack(sock_at(i, raw));
	}
	if (has_ret && cfg.ret_follow == TG_FOLLOW_TRACK)
		track(ret, owner_among(raw, 0));
	if (has_ret && cfg.ret_follow == TG_FOLLOW_UNTRACK)
		untrack(ret);
}

/* The event is told of the owner; beside it stands in which process it happened. */
static __always_inline void name_owner(struct tg_event *e, const struct tg_owner *owner)
{
	if (!owner)
		return;
	e->flags |= TG_E_TRACKED;
	e->seen_tgid = e->tgid;
	e->seen_tid = e->tid;
	e->tgid = owner->tgid;
	e->tid = owner->tid;
	e->start_boot_ns = owner->start_boot_ns;
}
