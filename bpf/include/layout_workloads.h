/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Whose processes a policy is about. Included by layout.h. */
#pragma once

/* whose processes a policy, or one of its selectors, is about; a scope is some containers, which user space tells */
enum tg_workload { TG_W_ANY, TG_W_HOST, TG_W_CONTAINERS, TG_W_SCOPE, TG_W_HOST_AND_SCOPE };
#define TG_SCOPES 256
#define TG_SCOPE_WORDS (TG_SCOPES / 64)

/* A bit for each scope: that the processes of a cgroup, and of those below, are in it, or that this is not known yet. */
struct tg_cgroup { u64 id; u64 in[TG_SCOPE_WORDS], unknown[TG_SCOPE_WORDS]; };
/* in the key of a cgroup whose hierarchy is one of version 1: they count by themselves */
#define TG_CGROUP_V1 (1ULL << 63)
