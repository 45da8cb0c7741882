/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Who did something with bpf(2), as the kernel itself knows it at that moment. Included by layout.h. */
#pragma once

/* a thread of the kernel's own: whoever caused it is not known here; a worker of io_uring: the process is the one it works for */
enum tg_culprit_flag { TG_BY_KTHREAD = 1, TG_BY_IO_WORKER = 2 };

struct tg_culprit {
	u64 start_boot_ns;        /* of the process's leader: with tgid, the process's identity */
	u64 parent_start_boot_ns;
	u64 exe_ino;
	s64 exe_ctime_ns;         /* a write to the file changes it */
	u64 cgroup_id;            /* of the unified hierarchy */
	u64 cap_effective;
	u64 exec_id;
	u32 tgid, tid, parent_tgid;
	u32 uid, euid, gid, loginuid, sessionid;
	u32 exe_dev, exe_generation;
	u32 exe_links;            /* 0: no name leads to it any more, or never did (memfd) */
	u32 exe_magic;            /* of its file system */
	u32 user_ns_level;
	u32 flags;                /* enum tg_culprit_flag */
	u32 namespaces[TG_NAMESPACES];
	u8 comm[16];
};
