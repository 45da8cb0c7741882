/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The inodes that values of a filter had when the policy was loaded: the same file by another hard link, mount or root. A number
 * that the file system gives to another file later has another generation.
 */
#pragma once
#include "values.h"

/* Two numbers each: the inode's, and the device with the generation. */
static __always_inline bool inode_in(struct inode *inode, u32 first, u32 count)
{
	u64 ino = inode->i_ino, mark = (u64)inode->i_sb->s_dev << 32 | inode->i_generation;
	u32 k = 0;

	if (!count)
		return false;
	NO_UNROLL
	do {
		u32 at = first + 2 * k;
		if (at >= TG_NUMBERS - 1)
			break;
		if ((u64)cfg.numbers[at] == ino && (u64)cfg.numbers[at + 1] == mark)
			return true;
	} while (++k < count);
	return false;
}

/* The inode of the file that an argument is; NULL of an entry that leads to none. Only where the types come with the values. */
static __always_inline struct inode *inode_of(u32 type, u64 raw, u64 entry)
{
#if TG_TYPED
	switch (type) {
	case TG_T_FILE: return DOUBTED((struct file *)raw)->f_path.dentry->d_inode;
	case TG_T_PATH: return DOUBTED((struct path *)raw)->dentry->d_inode;
	case TG_T_CHILD: return ((struct dentry *)entry)->d_inode;
	case TG_T_BINPRM: return ((struct linux_binprm *)raw)->file->f_inode;
	case TG_T_MOUNT: return ((struct vfsmount *)raw)->mnt_root->d_inode;
	}
#endif
	return NULL;
}

static __always_inline bool inode_matches(u32 mi, const u64 *raw)
{
	u32 arg = cfg.matches[mi].arg, param = cfg.args[arg].param, entry = cfg.args[arg].size_param;

	if (param >= TG_ARGS || entry > TG_ARGS)
		return false;
	struct inode *inode = inode_of(cfg.args[arg].type, raw[param], entry ? raw[entry - 1] : 0);
	return inode && inode_in(inode, cfg.matches[mi].inode_first, cfg.matches[mi].inode_count);
}
