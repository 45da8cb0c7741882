/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Whether the running task is the host's own or in a container, as the names of its cgroups tell: a runtime names a container's
 * cgroup after its id. Nothing is kept and nobody is asked, so a container is one before its first instruction. Such a name counts
 * in a folder of root's only: in one that was handed to a user anybody could make it. What cannot be told is in scope.
 *
 * Whose container it is, user space tells by tg_cgroups, of a pod's cgroup and of each container's in it. The nearest that is told of
 * counts. Where none is, and a name tells of a container, nobody knows: then calls are denied, and nothing else is done to anybody.
 */
#pragma once
#include "values.h"

#define TG_CGROUPS_ABOVE 256 /* who may make cgroups may nest them */
#define TG_NAME_WORDS 20 /* the longest a runtime gives, with its NUL: of a pod in containerd without systemd */
#define TG_ID_CHARACTERS 64
#define SCOPE_SUFFIX 0x65706f63732eULL /* ".scope" */
#define SCOPE_CHARACTERS 6
#define CONMON_INFIX 0x2d6e6f6d6e6f63ULL /* "conmon-": watches over a container from outside */
#define CONMON_CHARACTERS 7

#define TG_POLICY_BIT (1u << TG_SELECTORS)

/* `in`, `unknown`: a bit per selector that has a scope, and TG_POLICY_BIT. Small: what calls this leaves little room on the stack. */
struct cgroups { void *node; u8 first_version, found, unread, known, in, unknown; };

/* The high bit of each byte that is at least `least`; bytes are below 0x80. */
static __always_inline u64 at_least(u64 word, u8 least) { return word + (0x80 - least) * 0x0101010101010101ULL; }

/* Eight characters of an id: 0 to 9, a to f. */
static __always_inline bool is_hex(u64 word)
{
	u64 high = 0x8080808080808080ULL, digit, letter;

	if (word & high)
		return false;
	digit = at_least(word, '0') & ~at_least(word, '9' + 1);
	letter = at_least(word, 'a') & ~at_least(word, 'f' + 1);
	return ((digit | letter) & high) == high;
}

/* docker-ID.scope, cri-containerd-ID.scope, ID: whether the name of so many characters is of that kind. */
static __always_inline bool names_container(const void *name, u32 len)
{
	u64 word = 0, hex = 1;

	if (len > SCOPE_CHARACTERS && bpf_probe_read_kernel(&word, SCOPE_CHARACTERS, name + len - SCOPE_CHARACTERS) == 0 && word == SCOPE_SUFFIX)
		len -= SCOPE_CHARACTERS;
	if (len < TG_ID_CHARACTERS)
		return false;
	u32 start = len - TG_ID_CHARACTERS;
	if (start) {
		u8 before = 0;
		bpf_probe_read_kernel(&before, 1, name + start - 1);
		if (before != '-' && before != ':')
			return false;
	}
	if (start >= CONMON_CHARACTERS) {
		word = 0;
		bpf_probe_read_kernel(&word, CONMON_CHARACTERS, name + start - CONMON_CHARACTERS);
		if (word == CONMON_INFIX)
			return false;
	}
	NO_UNROLL
	for (u32 k = 0; k < TG_ID_CHARACTERS / 8; k++) {
		if (bpf_probe_read_kernel(&word, 8, name + start + 8 * k))
			return false;
		hex &= is_hex(word);
	}
	return hex;
}

/* Only root can have made what lies in it: the folder is root's, and nobody else may write to it. */
static __always_inline bool is_roots(void *folder)
{
	struct kernfs_iattrs *attributes = ANY_FIELD(kernfs_node, folder, iattr);

	if (ANY_FIELD(kernfs_node, folder, mode) & 022)
		return false;
	return !attributes || !ANY_FIELD(kernfs_iattrs, attributes, ia_uid.val);
}

static __always_inline void *folder_of(void *node)
{
	if (bpf_core_field_exists(struct kernfs_node, parent))
		return ANY_FIELD(kernfs_node, node, parent);
	return ANY_FIELD(kernfs_node___from_6_15, node, __parent);
}

/* By words, without a copy: what calls this leaves little room on the stack. Negative: it cannot be read. */
static __always_inline s32 name_length(const void *name)
{
	u64 word;

	NO_UNROLL
	for (u32 k = 0; k < TG_NAME_WORDS; k++) {
		if (bpf_probe_read_kernel(&word, 8, name + 8 * k))
			return -1;
		u64 zeros = (word - BYTE_ONES) & ~word & BYTE_HIGHS;
		if (zeros)
			return 8 * k + bytes_before(zeros);
	}
	return 0; /* no runtime's */
}

static __always_inline bool has_scope(const u64 *words, u32 scope)
{
	u32 bit = scope - 1;

	return words[(bit / 64) & (TG_SCOPE_WORDS - 1)] >> (bit & 63) & 1;
}

/* What user space told of a cgroup; an element that another cgroup's has taken the place of tells nothing. */
static __always_inline bool look_up(struct cgroups *at, void *node)
{
	u64 key = ANY_FIELD(kernfs_node, node, id) | (at->first_version ? TG_CGROUP_V1 : 0);
	struct tg_cgroup *told = bpf_map_lookup_elem(&tg_cgroups, &key);

	if (!told)
		return false;
	u32 in = 0, unknown = 0;
	if (cfg.scope) {
		in |= has_scope(told->in, cfg.scope) ? TG_POLICY_BIT : 0;
		unknown |= has_scope(told->unknown, cfg.scope) ? TG_POLICY_BIT : 0;
	}
	NO_UNROLL
	for (u32 k = 0; k < TG_SELECTORS; k++) {
		if (!cfg.selectors[k].scope)
			continue;
		in |= has_scope(told->in, cfg.selectors[k].scope) << k;
		unknown |= has_scope(told->unknown, cfg.selectors[k].scope) << k;
	}
	if (*(volatile u64 *)&told->id != key)
		return false;
	at->in = in;
	at->unknown = unknown;
	at->known = 1;
	return true;
}

static long cgroup_step(u32 i, struct cgroups *at)
{
	void *node = at->node; /* read here: inside of a field's access it would be taken for a field of the kernel's */
	void *up = folder_of(node);

	if (!up)
		return 1; /* the root */
	/* kept there and read back: of the stack nothing is left where the longest program calls this */
	*(void *volatile *)&at->node = up;
	if (cfg.has_scopes && look_up(at, node))
		return 1;
	if (!at->found) {
		const void *name = ANY_FIELD(kernfs_node, node, name);
		s32 len = name_length(name);
		if (len < 0) {
			at->unread = 1;
			return 1;
		}
		if (len >= TG_ID_CHARACTERS && names_container(name, len) && is_roots(*(void *volatile *)&at->node)) {
			at->found = 1;
			if (!cfg.has_scopes)
				return 1;
		}
	}
	return 0;
}

static __always_inline void look_above(struct cgroups *at, void *cgroup)
{
	at->node = ANY_FIELD(cgroup, cgroup, kn);
	if (!at->node || bpf_loop(TG_CGROUPS_ABOVE, cgroup_step, at, 0) >= TG_CGROUPS_ABOVE)
		at->unread = 1;
}

/* Version 1: each controller has a hierarchy of its own, and a container is in all of them. The task's in one of those, or NULL. */
static __always_inline void *own_hierarchy(void *set, void *unified)
{
	void *css = NULL;

	if (!bpf_core_enum_value_exists(enum cgroup_subsys_id___names, pids_cgrp_id))
		return NULL;
	u32 which = bpf_core_enum_value(enum cgroup_subsys_id___names, pids_cgrp_id);
	bpf_probe_read_kernel(&css, sizeof(css), set + bpf_core_field_offset(struct css_set, subsys) + 8 * which);
	void *own = css ? ANY_FIELD(cgroup_subsys_state, css, cgroup) : NULL;
	return own && ANY_FIELD(cgroup, own, root) != ANY_FIELD(cgroup, unified, root) ? own : NULL;
}

static __always_inline void look_around(struct cgroups *at)
{
	void *set = current_task()->cgroups;
	void *unified = ANY_FIELD(css_set, set, dfl_cgrp);

	look_above(at, unified);
	void *own = (cfg.has_scopes ? at->known : at->found) ? NULL : own_hierarchy(set, unified);
	if (own) {
		at->first_version = 1;
		look_above(at, own);
	}
}

enum placed { OUTSIDE, INSIDE, UNPLACED };

/* Whether the task is one of a policy's or a selector's, whose bit that is. */
static __always_inline enum placed place(const struct cgroups *at, u32 workload, u32 bit)
{
	bool contained = at->found || at->known;

	if (workload == TG_W_ANY)
		return INSIDE;
	if (workload == TG_W_SCOPE || workload == TG_W_HOST_AND_SCOPE) {
		if (at->known)
			return at->in & bit ? INSIDE : at->unknown & bit ? UNPLACED : OUTSIDE;
		if (contained || at->unread)
			return UNPLACED;
		return workload == TG_W_HOST_AND_SCOPE ? INSIDE : OUTSIDE;
	}
	if (at->unread && !contained)
		return UNPLACED;
	return contained == (workload == TG_W_CONTAINERS) ? INSIDE : OUTSIDE;
}

/* The hook's policy is about such tasks, or may be. */
static __always_inline bool in_scope(void)
{
	struct cgroups at = {};

	look_around(&at);
	return place(&at, cfg.workload, TG_POLICY_BIT) != OUTSIDE;
}

/*
 * Which of the hook's selectors are about the running task, a bit each, and behind TG_UNKNOWN_SHIFT of which it is not known
 * whether they are. To be called where cfg.whose says that this is asked at all.
 */
#define TG_UNKNOWN_SHIFT 8
static __always_inline u32 whose_is_it(void)
{
	struct cgroups at = {};
	u32 of = 0, unknown = 0;

	look_around(&at);
	enum placed all = place(&at, cfg.workload, TG_POLICY_BIT);
	if (all == OUTSIDE)
		return 0;
	NO_UNROLL
	for (u32 k = 0; k < TG_SELECTORS; k++) {
		enum placed own = place(&at, cfg.selectors[k].workload, 1u << k);
		if (own == UNPLACED && !(cfg.doubtful >> k & 1))
			unknown = 1; /* it may be this one's: what comes behind is not surely about it */
		else if (own != OUTSIDE) {
			of |= 1u << k;
			if (own == UNPLACED || all == UNPLACED || unknown)
				of |= 1u << (k + TG_UNKNOWN_SHIFT);
		}
	}
	return of;
}
