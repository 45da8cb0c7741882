/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The room in which a program puts together what it tells. Included by layout.h. */
#pragma once

/* Where each argument's text lies in the scratch data: what selectors compare. */
struct tg_texts {
	u32 len;             /* of all the values so far */
	u32 bad, partial;    /* bit per argument: it could not be read, no filter on it matches; its beginning is missing */
	u32 off[TG_VALUES];
	u32 size[TG_VALUES];
	u32 exe_off, exe_size, exe_bad;
};

/* The name of a unix socket, and a transfer in pieces: where they are listed, how many bytes they hold and how many are meant; where the text lies, and how long it is. */
struct tg_gathering { u64 pieces, total, most; u32 off, done, bad, reserved; };

/* of the mount that a path is followed in, as they stand side by side in the kernel: what it is mounted on, and its own top */
struct tg_mount_seen { u64 parent, mountpoint, root; };
/* where the walk along a path is, and what it ends at; `pos`: how much of the room before the text is left */
struct tg_walk { u64 dentry, mnt, root_dentry, root_mnt; u32 pos, whole; struct tg_mount_seen mount; };

struct tg_scratch {
	u32 busy;
	u32 reserved;
	struct tg_texts texts;
	struct tg_limit_key limit;
	struct tg_same_key same;
	u64 same_ns; /* when the event of that key was seen */
	struct tg_gathering gathering;
	struct tg_walk walk;
	struct tg_event event;
	u8 data[TG_DATA_MAX + TG_TEXT_MAX + TG_STACKS_MAX + 512];
	u8 path[TG_TEXT_MAX + 512];
};
