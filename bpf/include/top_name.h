/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The first component of a path's text, as path_walk.h would write it, without writing it: most files lie under another
 * top folder than the one a policy names. Up the parents by typed loads; across a mount the types end (a mount is found
 * by going back from what it contains), and words are read by the cast or the helper.
 */
#pragma once
#include "maps.h"

#define TG_TOP_STEPS 24

/* A name's first eight bytes; false where they cannot be read (no name begins with NUL). */
static __always_inline bool name_word(const void *name, u64 *word)
{
	*word = word_by_cast(name);
	return *word || (bpf_probe_read_kernel(word, sizeof(*word), name) == 0 && *word);
}

/*
 * Across mounts: what lies above `m`, as plain addresses. One step goes up to a parent or across a mount, in one loop: of two,
 * the verifier would walk every way through the inner for each of the outer.
 */
static __always_inline bool top_above(void *m, struct dentry *root_dentry, struct vfsmount *root_mnt, void *last, u64 *word)
{
	u32 mnt_offset = bpf_core_field_offset(struct mount, mnt);
	void *d = NULL, *top = NULL;

	NO_UNROLL
	for (u32 i = 0; i < TG_TOP_STEPS; i++) {
		if (d == top) {
			void *mount = m - mnt_offset, *parent = ANY_FIELD(struct mount, mount, mnt_parent);
			if (!parent || parent == mount)
				goto found;
			d = ANY_FIELD(struct mount, mount, mnt_mountpoint);
			m = parent + mnt_offset;
			top = ANY_FIELD(struct vfsmount, m, mnt_root);
		} else {
			void *up = ANY_FIELD(struct dentry, d, d_parent);
			if (!up || up == d)
				goto found;
			last = d;
			d = up;
		}
		if (d == (void *)root_dentry && m == (void *)root_mnt)
			goto found;
	}
	return false;
found:
	*word = 0;
	return !last || name_word(ANY_FIELD(struct dentry, last, d_name.name), word);
}

/* False: it lies deeper than this looks. The word is 0 for what has no path, and for the root. */
static __always_inline bool top_word(struct dentry *d, struct vfsmount *m, u64 *word)
{
	struct dentry *root_dentry = NULL, *top = m->mnt_root, *last = NULL;
	struct vfsmount *root_mnt = NULL;

	if (!cfg.canonical) {
		struct fs_struct *fs = current_task()->fs;
		root_dentry = fs->root.dentry;
		root_mnt = fs->root.mnt;
	}

	NO_UNROLL
	for (u32 i = 0; i < TG_TOP_STEPS; i++) {
		if (d == root_dentry && m == root_mnt)
			goto found;
		if (d == top)
			return top_above(m, root_dentry, root_mnt, last, word);
		struct dentry *up = d->d_parent;
		if (!up || up == d)
			goto found;
		last = d;
		d = up;
	}
	return false;
found:
	*word = 0;
	return !last || name_word(last->d_name.name, word);
}
