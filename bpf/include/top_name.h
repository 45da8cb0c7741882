/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The first component of a path's text, as path_walk.h would write it, without writing it: most files lie under another
 * top folder than the one a policy names. Up the parents by typed loads; across a mount the types end (a mount is found
 * by going back from what it contains), and words are read by the cast or the helper.
 */
#pragma once
#include "maps.h"

#define TG_TOP_STEPS 24
/* behind the first mount; the verifier walks each of them several times */
#define TG_ABOVE_STEPS 14

/* A name's first eight bytes; false where they cannot be read (no name begins with NUL). */
static __always_inline bool name_word(const void *name, u64 *word)
{
	*word = word_by_cast(name);
	return *word || (bpf_probe_read_kernel(word, sizeof(*word), name) == 0 && *word);
}

/* Of a mount: what it is mounted on, where there, and the top of what it contains. */
struct mounted { void *parent, *mountpoint, *root; };

/* The three lie side by side: one read of the helper is a third of the cost of three. False: it cannot be read. */
static __always_inline bool read_mounted(struct mounted *to, void *mount)
{
	u32 parent = bpf_core_field_offset(struct mount, mnt_parent);
	u32 mountpoint = bpf_core_field_offset(struct mount, mnt_mountpoint);
	u32 root = bpf_core_field_offset(struct mount, mnt) + bpf_core_field_offset(struct vfsmount, mnt_root);

	if (!cfg.has_cast && mountpoint == parent + sizeof(void *) && root == parent + 2 * sizeof(void *))
		return bpf_probe_read_kernel(to, sizeof(*to), mount + parent) == 0;
	to->parent = ANY_FIELD(mount, mount, mnt_parent);
	to->mountpoint = ANY_FIELD(mount, mount, mnt_mountpoint);
	to->root = ANY_FIELD(mount, mount, mnt.mnt_root);
	return true;
}

/* Of an entry: the folder it is in, and its name. */
struct entry { void *parent; u64 hash; const void *name; };

/* As above. */
static __always_inline bool read_entry(struct entry *to, void *dentry)
{
	u32 parent = bpf_core_field_offset(struct dentry, d_parent), name = bpf_core_field_offset(struct dentry, d_name.name);

	if (!cfg.has_cast && name == parent + 2 * sizeof(void *))
		return bpf_probe_read_kernel(to, sizeof(*to), dentry + parent) == 0;
	to->parent = ANY_FIELD(dentry, dentry, d_parent);
	to->name = ANY_FIELD(dentry, dentry, d_name.name);
	return true;
}

/*
 * Across mounts: what lies above `m`, as plain addresses. One step goes up to a parent or across a mount, in one loop: of two,
 * the verifier would walk every way through the inner for each of the outer.
 */
static __always_inline bool top_above(void *m, struct dentry *root_dentry, struct vfsmount *root_mnt, struct dentry *below, u64 *word)
{
	u32 mnt_offset = bpf_core_field_offset(struct mount, mnt);
	void *d = NULL, *top = NULL, *mount = m - mnt_offset;
	const void *name = below ? below->d_name.name : NULL;
	struct mounted on;

	if (!read_mounted(&on, mount))
		return false;
	NO_UNROLL
	for (u32 i = 0; i < TG_ABOVE_STEPS; i++) {
		if (d == top) {
			if (on.parent == mount)
				goto found;
			d = on.mountpoint;
			mount = on.parent;
			if (!read_mounted(&on, mount))
				return false;
			top = on.root;
		} else {
			struct entry entry;
			if (!read_entry(&entry, d))
				return false;
			if (entry.parent == d)
				goto found;
			name = entry.name;
			d = entry.parent;
		}
		if (d == (void *)root_dentry && mount + mnt_offset == (void *)root_mnt)
			goto found;
	}
	return false;
found:
	*word = 0;
	return !name || name_word(name, word);
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
		if (up == d)
			goto found;
		last = d;
		d = up;
	}
	return false;
found:
	*word = 0;
	return !last || name_word(last->d_name.name, word);
}
