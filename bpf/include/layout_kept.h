/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the programs keep from one call to another: of a task, a process, a socket, an event. Included by layout.h. */
#pragma once

/* What a capture decided about the call that runs, kept with the task until the LSM hook of that call asks. */
struct tg_left {
	u8 family;      /* 0: free */
	u8 reserved;
	u16 policy_slot;
	u32 hook_id;
	u32 generation;
	s32 error;
};
#define TG_LEFT 16
struct tg_lefts { struct tg_left of[TG_LEFT]; };

/* The file names (struct filename) that the task's system call walks, or walked last. */
struct tg_walks { u64 older, newer; s32 newer_dfd; u32 reserved; };

/* What a process was when it was made, or at its last exec; of an exec that nobody was there to see, `exec_id` tells. */
struct tg_begun { u64 since_ns, exec_id; u64 capabilities[TG_CAPSETS]; u32 namespaces[TG_NAMESPACES]; };
/* of a list of programs: this process's program is one, its parent's was, it or what it comes from was one since it is kept, and the
 * same of its parent */
enum tg_kinship { TG_KIN_OWN = 1, TG_KIN_PARENT = 2, TG_KIN_PARENT_KNOWN = 4, TG_KIN_FOLLOWED = 8, TG_KIN_PARENT_FOLLOWED = 16 };
#define TG_LISTS 16
struct tg_list { u64 list; u32 kinship, exec_id; };
/* kept with a process's first thread */
struct tg_kin { struct tg_begun begun; struct tg_list lists[TG_LISTS]; u32 full, reserved; };
struct tg_told_key { u32 hook_id, tgid; };

/* A socket by its address, in one policy; the value is the process that it belongs to. */
struct tg_sock_key { u64 sock; u32 group, reserved; };
struct tg_owner { u64 start_boot_ns; u32 tgid, tid; };
