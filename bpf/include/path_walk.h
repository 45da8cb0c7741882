/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A path as text, by our own walk from the leaf up: bpf_d_path is refused in many hooks (path_* on 6.1, mmap_file),
 * and one walk everywhere means one meaning everywhere. The text is as the current task's root shows it, or `canonical`: from the
 * top of the mount namespace down, so that a chroot is no other spelling.
 */
#pragma once
#include "maps.h"

#define TG_PATH_COMPONENTS_MAX 2048

/* Of an entry: the one above, and its name as it is kept. */
struct entry_seen {
	struct dentry *up;
	u32 hash, len;
	const unsigned char *name;
};

/*
 * What a step of the walk is handed. Where the walk is lies in the scratch: on the stack the verifier (6.7) would know of each value
 * how it came there, and walk the step anew for each way.
 */
struct walk { struct tg_scratch *s; };

/* Puts a name before those that are there. False: there is no room, or it cannot be read. */
static __always_inline bool put_name(struct tg_scratch *s, u32 len, const unsigned char *name)
{
	u32 pos = s->walk.pos;

	if (len > 255 || pos < 256 + 1 || pos > TG_TEXT_MAX)
		return false;
	pos -= len;
	if (bpf_probe_read_kernel(&s->path[pos & (TG_TEXT_MAX - 1)], len & 255, name))
		return false;
	pos -= 1;
	s->path[pos & (TG_TEXT_MAX - 1)] = '/';
	s->walk.pos = pos;
	return true;
}

/* Without a cast each read is a call: one takes in all that stands side by side. No mount has no top. */
static __always_inline void see_mount(struct tg_mount_seen *seen, struct vfsmount *mnt)
{
	u32 mnt_at = bpf_core_field_offset(struct mount, mnt), first = bpf_core_field_offset(struct mount, mnt_parent);
	bool adjoin = bpf_core_field_offset(struct mount, mnt_mountpoint) == first + 8
		&& mnt_at + bpf_core_field_offset(struct vfsmount, mnt_root) == first + 16;
	struct mount *mount = (void *)mnt - mnt_at;

	if (!mnt) {
		seen->parent = seen->mountpoint = seen->root = 0;
		return;
	}
	if (!cfg.has_cast && adjoin) {
		bpf_probe_read_kernel(seen, sizeof(*seen), (void *)mount + first);
		return;
	}
	seen->parent = (u64)ANY_FIELD(mount, mount, mnt_parent);
	seen->mountpoint = (u64)ANY_FIELD(mount, mount, mnt_mountpoint);
	seen->root = (u64)ANY_FIELD(vfsmount, mnt, mnt_root);
}

static __always_inline void see_entry(struct entry_seen *seen, struct dentry *d)
{
	u32 first = bpf_core_field_offset(struct dentry, d_parent);
	bool adjoin = bpf_core_field_offset(struct dentry, d_name.len) == first + offsetof(struct entry_seen, len)
		&& bpf_core_field_offset(struct dentry, d_name.name) == first + offsetof(struct entry_seen, name);

	if (!cfg.has_cast && adjoin) {
		bpf_probe_read_kernel(seen, sizeof(*seen), (void *)d + first);
		return;
	}
	seen->up = ANY_FIELD(dentry, d, d_parent);
	seen->len = ANY_FIELD(dentry, d, d_name.len);
	seen->name = ANY_FIELD(dentry, d, d_name.name);
}

/* From the top of a mount to what it is mounted on. */
static __always_inline long leave_mount(struct tg_walk *w)
{
	u32 mnt_at = bpf_core_field_offset(struct mount, mnt);
	u64 parent = w->mount.parent;

	if (!parent || parent == w->mnt - mnt_at) {
		w->whole = 2; /* the top of all, unlike the end of what lies nowhere */
		return 1;
	}
	w->dentry = w->mount.mountpoint;
	w->mnt = parent + mnt_at;
	see_mount(&w->mount, (void *)w->mnt);
	return 0;
}

static long walk_step(u32 i, struct walk *at)
{
	struct tg_scratch *s = at->s;
	struct entry_seen seen = {};

	if (!s)
		return 1;
	struct tg_walk *w = &s->walk;
	u64 d = w->dentry;
	if (d == w->root_dentry && w->mnt == w->root_mnt) {
		w->whole = 1;
		return 1;
	}
	if (d == w->mount.root)
		return leave_mount(w);
	see_entry(&seen, (void *)d);
	if ((u64)seen.up == d || !seen.up) {
		w->whole = 1;
		return 1;
	}
	if (!put_name(s, seen.len, seen.name))
		return 1; /* longer than PATH_MAX: the head is missing, `whole` stays 0 */
	w->dentry = (u64)seen.up;
	return 0;
}

#define TG_TYPED_COMPONENTS 12

/*
 * The first components of an entry whose type the verifier knows, up to the root of its mount: by plain loads where the kernel has no
 * cast. What a mount hangs on has no type any more: the walk goes on from there.
 */
static __always_inline void walk_typed(struct tg_scratch *s, struct dentry *d)
{
	struct tg_walk *w = &s->walk;

	NO_UNROLL
	for (u32 i = 0; i < TG_TYPED_COMPONENTS; i++) {
		struct dentry *up = d->d_parent;
		if ((u64)d == w->mount.root || (u64)up == (u64)d || ((u64)d == w->root_dentry && w->mnt == w->root_mnt))
			return;
		if (!put_name(s, d->d_name.len, d->d_name.name))
			return;
		d = up;
		w->dentry = (u64)d;
	}
}

/* Leaves the text at the end of s->path and returns its length; `*whole` = 0 when leading components are missing. Without a mount
 * the text ends at the root of the file system: it is the path inside of that mount. */
static __always_inline u32 path_text_of(struct tg_scratch *s, struct dentry *dentry, struct vfsmount *mnt, bool canonical, bool typed, u32 *whole)
{
	struct tg_walk *w = &s->walk;
	struct walk at = { .s = s };

	*whole = 0;
	if (!dentry)
		return 0;
	w->root_dentry = w->root_mnt = 0;
	if (!canonical) {
		struct fs_struct *fs = current_task()->fs;
		struct dentry *root = fs->root.dentry;
		struct vfsmount *root_mnt = fs->root.mnt;
		if (dentry == root && mnt == root_mnt) {
			s->path[TG_TEXT_MAX - 1] = '/';
			*whole = 1;
			return 1;
		}
		w->root_dentry = (u64)root;
		w->root_mnt = (u64)root_mnt;
	}
	w->dentry = (u64)dentry;
	w->mnt = (u64)mnt;
	w->pos = TG_TEXT_MAX;
	w->whole = 0;
	see_mount(&w->mount, mnt);
	if (typed && !cfg.has_cast)
		walk_typed(s, dentry);
	bpf_loop(TG_PATH_COMPONENTS_MAX, walk_step, &at, 0);
	*whole = w->whole;
	if (canonical && w->whole == 2 && w->pos == TG_TEXT_MAX) { /* nothing but roots on the way */
		s->path[TG_TEXT_MAX - 1] = '/';
		return 1;
	}
	return w->pos <= TG_TEXT_MAX ? TG_TEXT_MAX - w->pos : 0;
}

static __always_inline u32 path_text(struct tg_scratch *s, struct dentry *dentry, struct vfsmount *mnt, bool canonical, u32 *whole)
{
	return path_text_of(s, dentry, mnt, canonical, false, whole);
}
