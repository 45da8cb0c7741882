/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Files that are known loaders, from before they are read. Not every change shows in the ctime: on tmpfs one by a mapping does not,
 * and a clock that was turned back gives the old one again. But whoever changes a file has to have opened it.
 */
#pragma once
#include "gate.h"

#define FMODE_WRITABLE 2

struct file___with_mode { u32 f_mode; struct inode *f_inode; } KERNEL_TYPE;

/* Every open on the host passes here. */
static __always_inline void noticed_open(struct file___with_mode *file)
{
	struct tg_gate_file key = {};

	if (!(file->f_mode & FMODE_WRITABLE))
		return;
	file_key(&key, file->f_inode);
	struct tg_gate_loader *loader = bpf_map_lookup_elem(&tg_gate_loaders, &key);
	if (loader)
		loader->held = TG_GH_OPENED;
}

/* From now on it is noticed who opens it. Nobody may have it open for writing. */
static __always_inline int begin_reading(struct inode *inode)
{
	struct tg_gate_loader reading = { .held = TG_GH_READING };
	struct tg_gate_file key = {};

	if (!inode)
		return -1;
	found_file_key(&key, inode);
	if (bpf_map_update_elem(&tg_gate_loaders, &key, &reading, BPF_ANY))
		return -1;
	return BPF_CORE_READ(inode, i_writecount.counter) > 0 ? -1 : 0;
}

/* It is a loader from now on, unless somebody has opened it for writing, or it has another ctime than when it began to be read. */
static __always_inline int admitted(struct inode *inode)
{
	struct request r = {};
	u32 zero = 0;

	if (!inode)
		return -1;
	found_file_key(&r.file, inode);
	r.ctime_ns = ctime_ns_of(inode);
	struct tg_gate_loader *draft = bpf_map_lookup_elem(&tg_gate_draft, &zero);
	struct tg_gate_loader *loader = bpf_map_lookup_elem(&tg_gate_loaders, &r.file);
	if (!draft || !loader || draft->ctime_ns != r.ctime_ns)
		return -1;
	loader->ctime_ns = r.ctime_ns;
	loader->number = draft->number;
	loader->uid_count = draft->uid_count;
	loader->successor = draft->successor;
	__builtin_memcpy(loader->uids, draft->uids, sizeof(loader->uids));
	return __sync_val_compare_and_swap(&loader->held, TG_GH_READING, TG_GH_KNOWN) == TG_GH_READING ? 0 : -1;
}
