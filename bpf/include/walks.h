/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which paths a system call is about, for the LSM hook behind their walks. A walk begins by asking whether its first directory may be
 * searched, in an LSM hook; nothing keeps programs there from running, which cannot be said of a function's entry where tasks are
 * stopped in the middle of programs (docs/adr/0031-stopped-in-a-program.md).
 */
#pragma once
#include "hook.h"

enum walked { WALKED, NOTHING_WALKED, NOT_KNOWN };

/*
 * The name that is walked right now, if it is a user's. What the kernel itself looks up on the way has no address of a user's text; nor
 * has a text at address 0.
 */
static __always_inline u64 walked_now(void)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct nameidata *walk = task->nameidata;

	if (!walk || !walk->name)
		return 0;
	return walk->name->uptr || (!walk->saved && task->mm) ? (u64)walk->name : 0;
}

/* Of the directory that the walk stands in. A stacked file system asks about its own as well, with the rights of who mounted it. */
static __always_inline bool is_walking(u64 inode)
{
	struct nameidata *walk = bpf_get_current_task_btf()->nameidata;

	return walk && (u64)walk->inode == inode && walked_now();
}

/* Nobody could tell what is asked for: such a call fails, where the policy would act at all. */
static __always_inline long not_known(void) { return verdict_unread() ? EAGAIN_NEGATIVE : 0; }

/*
 * Where a file name stays until its call is over, it is kept as an address. On a host that audits, two texts of a call at one address
 * are one name, walked twice: from two directories, or to no effect.
 */
static __always_inline long keep_walk(void)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct nameidata *walk = task->nameidata;
	u64 name = walked_now();
	struct tg_walks *kept = bpf_task_storage_get(&tg_walks, task, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);

	if (!kept || !walk)
		return not_known();
	s32 dfd = walk->dfd;
	if (kept->newer != name || kept->newer_dfd != dfd) { /* each policy brings such a program: only the first to see a walk does this */
		kept->older = kept->newer;
		kept->newer = name;
		kept->newer_dfd = dfd;
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
	/* made where other things are kept with the task: that it could not be asked is then told from that nothing was kept */
	struct tg_walks *kept = bpf_task_storage_get(&tg_walks, task, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!kept)
		return NOT_KNOWN;
	if (!kept->newer)
		return NOTHING_WALKED;
	if (cfg.older_at)
		raw[cfg.older_at & 3] = kept->older;
	raw[cfg.newer_at & 3] = kept->newer;
	return WALKED;
}
