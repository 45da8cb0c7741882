/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What holds events back: equal ones, and too many of a cgroup. Included by layout.h. */
#pragma once

enum tg_limit_scope { TG_L_THREAD, TG_L_PROCESS, TG_L_GLOBAL };

/* Which event it was that a rate limit lets through once; the value is when, in ns since boot. */
struct tg_limit_key { u32 hook_id, selector; u64 who, hash; };

/* How often a selector would have acted, of one copy of a hook. */
struct tg_would_key { u32 hook_id, selector; };

/* Which event it was that others are the same as, in one of the intervals of its policy; the value: how many were, and when. */
struct tg_same_key { u32 hook_id, interval; u64 hash; };
struct tg_same { u64 count, first_ns, last_ns, interval_ns; };

/* How many events a cgroup may tell in an interval; 0: any number. Written by user space. */
struct tg_rate { u64 events, interval_ns; };

/* what is counted together: the events of one hook by its id and generation, or these */
enum tg_rate_of { TG_R_POLICIES = 0, TG_R_PROCESSES = 0x7fffffff };

struct tg_rate_key { u64 cgroup; u32 of, generation; };

#define TG_CGROUP_NAME 128
struct tg_rate_use {
	u64 began_ns, count;        /* the interval that runs */
	u64 over_ns, over_since_ns; /* the last event held back; the first after which no whole interval passed without one */
	u64 interval_ns;
	u8 name[TG_CGROUP_NAME];
};
