/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which paths a system call is about, for the LSM hook behind their walks. A walk begins by asking whether its first directory may be
 * searched, in an LSM hook; nothing keeps programs there from running, which cannot be said of a function's entry where tasks are
 * stopped in the middle of programs (docs/adr/0031-stopped-in-a-program.md).
 */
#pragma once
#include "left.h"

enum walked { WALKED, NOTHING_WALKED, NOT_KNOWN };

/* The name that is walked right now, if it is a user's: what the kernel itself looks up has none. */
static __always_inline u64 walked_now(void)
{
	struct nameidata *walk = bpf_get_current_task_btf()->nameidata;

	return walk && walk->name && walk->name->uptr ? (u64)walk->name : 0;
}

static __always_inline bool is_walking(void) { return walked_now() != 0; }

/* Where a file name stays until its call is over, it is kept as an address. */
static __always_inline long keep_walk(struct task_struct *task)
{
	u64 name = walked_now();

	if (!name)
		return 0;
	struct tg_walks *kept = bpf_task_storage_get(&tg_walks, task, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!kept)
		return EAGAIN_NEGATIVE; /* the hook behind it could not tell what is asked for */
	if (kept->newer != name) {
		kept->older = kept->newer;
		kept->newer = name;
	}
	return 0;
}

/* In the hook that can refuse: the names, in the order of their walks. */
static __always_inline enum walked walked_args(u64 *raw)
{
	struct task_struct *task = bpf_get_current_task_btf();

	if (cfg.walk_goes_on) {
		u64 name = walked_now();
		raw[cfg.newer_at & 3] = name;
		return name ? WALKED : NOTHING_WALKED;
	}
	if (!task->bpf_storage)
		return NOTHING_WALKED;
	struct tg_walks *kept = bpf_task_storage_get(&tg_walks, task, NULL, 0);
	if (!kept)
		return NOT_KNOWN;
	if (cfg.older_at)
		raw[cfg.older_at & 3] = kept->older;
	raw[cfg.newer_at & 3] = kept->newer;
	return WALKED;
}
