/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The selectors. src/plan/matcher.ts is the same in TypeScript over the same configuration; a test compares the two.
 * Every loop runs over constants of the frozen configuration, so the verifier walks only what a policy really has; each
 * tests at its end, so that a count of one leaves no loop once the constants are put in.
 */
#pragma once
#include "parts.h"
#include "process_match.h"
#include "lineage.h"
#include "inodes.h"

/* Only the first `bytes` bytes of a little-endian word count. */
static __always_inline u64 head_of(u64 word, u32 bytes) 
{
	if (bytes >= 8)
		return word;
	return bytes ? word << (64 - 8 * bytes) : 0;
}

static __always_inline bool number_matches(u32 mi, u64 v)
{
	u32 op = cfg.matches[mi].op, count = cfg.matches[mi].count, first = cfg.matches[mi].first, cls = cfg.matches[mi].cls;

	if (op == TG_OP_RANGE || op == TG_OP_NOTRANGE)
		return range_matches(mi, v);
	if (!count)
		return negative(op);
	u32 k = 0;
	NO_UNROLL
	do {
		u32 at = first + k;
		if (at >= TG_NUMBERS)
			break;
		u64 want = cfg.numbers[at];
		bool hit = false;
		switch (op) {
		case TG_OP_EQ: case TG_OP_NE: hit = v == want; break;
		case TG_OP_GT: hit = cls == TG_C_SIGNED ? (s64)v > (s64)want : v > want; break;
		case TG_OP_LT: hit = cls == TG_C_SIGNED ? (s64)v < (s64)want : v < want; break;
		case TG_OP_MASK: hit = (v & want) != 0; break;
		}
		if (hit)
			return !negative(op);
	} while (++k < count);
	return negative(op);
}

#include "text_match.h"

static __always_inline u64 word_at(const char *p)
{
	u64 w = word_by_cast(p);
	if (w)
		return w;
	if (bpf_probe_read_kernel(&w, 8, p) == 0)
		return w;
	char tail[9] = {}; /* the string ends just before an unmapped page: take what is there */
	bpf_probe_read_kernel_str(tail, sizeof(tail), p);
	__builtin_memcpy(&w, tail, 8);
	return w;
}

/* What the quick look has read already: the first eight bytes of the string it is about; 0: nothing (or an empty one). */
struct head { u64 word; };

/* Equal and Prefix on a string that already lies in kernel memory: most calls end at its first eight bytes. */
static __always_inline bool direct_matches(u32 mi, const char *p, const struct head *read)
{
	u32 op = cfg.matches[mi].op, count = cfg.matches[mi].count, first = cfg.matches[mi].first;
	u64 head = read->word && cfg.args[cfg.matches[mi].arg].param == cfg.quick_param ? read->word : word_at(p);

	if (!count)
		return negative(op);
	u32 v = 0;
	NO_UNROLL
	do {
		if (first + v >= TG_STRINGS)
			break;
		u32 word = cfg.strings[first + v].word;
		u32 bytes = cfg.strings[first + v].len + (op == TG_OP_EQ || op == TG_OP_NE ? 1 : 0);
		if (head_of(head ^ cfg.words[word], bytes))
			continue;
		bool same = true;
		NO_UNROLL
		for (u32 k = 1; k < 33; k++) {
			if (k * 8 >= bytes || word + k >= TG_WORDS)
				break;
			if (head_of(word_at(p + k * 8) ^ cfg.words[word + k], bytes - k * 8)) {
				same = false;
				break;
			}
		}
		if (same)
			return !negative(op);
	} while (++v < count);
	return negative(op);
}

/* A capability that the other argument's set lacks. */
static __always_inline bool gained(u32 mi, u64 set, const u64 *raw)
{
	u32 other = cfg.matches[mi].field;
	u64 now = 0, before = 0;

	if (other >= TG_ARGS)
		return false;
	u32 param = cfg.args[other].param;
	if (param >= TG_ARGS)
		return false;
	return caps_of(set, &now) && caps_of(raw[param], &before) && (now & ~before) != 0;
}

/* A path whose beginning is missing (it is longer than 4 KiB) has any beginning where something is denied or killed for it. */
static __always_inline bool arg_matches(u32 mi, bool acts, const u64 *raw, struct tg_scratch *s, const struct head *head)
{
	u32 arg = cfg.matches[mi].arg, cls = cfg.matches[mi].cls, op = cfg.matches[mi].op;

	if (arg >= TG_VALUES)
		return false;
	u32 param = cfg.args[arg].param;
	if (!has_raw(param) || route_lost(raw, arg))
		return false;
	if (cls == TG_C_DIRECT) {
		u64 p = raw[param];
		if (cfg.args[arg].type == TG_T_FILENAME)
			p = (u64)FIELD((struct filename *)p, name);
		return is_pointer(p) && direct_matches(mi, (const char *)p, head);
	}
	if (cls == TG_C_FIELD || cls == TG_C_ADDRESS) {
		u64 part[2] = {};
		if (!part_of(cfg.args[arg].type, raw[param], cfg.matches[mi].field, part))
			return false;
		return cls == TG_C_ADDRESS ? address_matches(mi, part) : range_matches(mi, part[0]);
	}
	if (cls != TG_C_TEXT) {
		u64 v = 0;
		if (op == TG_OP_GAINED)
			return gained(mi, raw[param], raw);
		switch (cfg.args[arg].type) {
		case TG_T_CAPS:
			if (!caps_of(raw[param], &v))
				return false;
			break;
		case TG_T_SYSCALL: v = syscall_of(raw[param]); break;
		default: v = number_of(cfg.args[arg].type, raw[param]);
		}
		return number_matches(mi, v);
	}
	if (cfg.matches[mi].inode_count && inode_matches(mi, raw))
		return !negative(op);
	if (!s || (s->texts.bad >> arg) & 1)
		return false;
	u32 len = s->texts.size[arg], type = cfg.args[arg].type;
	if (!len && has_path(type))
		return false; /* no path at all (pipe, socket, an address without a name): no operator matches */
	bool cut = acts && (s->texts.partial >> arg) & 1 && op != TG_OP_EQ && op != TG_OP_NE && op != TG_OP_POSTFIX && op != TG_OP_NOTPOSTFIX;
	bool hit = any_text(s, s->texts.off[arg], len, cfg.matches[mi].first, cfg.matches[mi].count, op);
	return cut || (negative(op) ? !hit : hit);
}

static __always_inline u32 namespace_pid(struct task_struct *task)
{
	struct pid *pid = BPF_CORE_READ(task, group_leader, thread_pid);
	u32 level = BPF_CORE_READ(pid, level), nr = 0;

	if (!level || level > 32)
		return 0;
	bpf_probe_read_kernel(&nr, sizeof(nr), (void *)pid + bpf_core_field_offset(struct pid, numbers) + level * bpf_core_type_size(struct upid));
	return nr;
}

static __always_inline bool pid_listed(u32 si, u32 pid)
{
	u32 first = cfg.selectors[si].pid_first, count = cfg.selectors[si].pid_count;

	NO_UNROLL
	for (u32 k = 0; k < 64; k++) {
		if (k >= count || first + k >= TG_NUMBERS)
			break;
		if ((u32)cfg.numbers[first + k] == pid)
			return true;
	}
	return false;
}

#define TG_ANCESTORS 9

static __always_inline bool pid_matches(u32 si)
{
	struct task_struct *task = bpf_get_current_task_btf();
	bool namespaced = cfg.selectors[si].pid_namespaced, hit = false;

	NO_UNROLL
	for (u32 up = 0; up <= TG_ANCESTORS; up++) {
		u32 pid = namespaced ? namespace_pid(task) : (u32)BPF_CORE_READ(task, tgid);
		if (namespaced && up == 0 && pid == 0 && cfg.selectors[si].pid_follow)
			return false; /* not in a nested pid namespace: neither In nor NotIn, as upstream */
		hit = pid_listed(si, pid);
		if (hit || !cfg.selectors[si].pid_follow)
			break;
		struct task_struct *parent = BPF_CORE_READ(task, real_parent);
		if (!parent || parent == task)
			break;
		task = parent;
	}
	return cfg.selectors[si].pid_negated ? !hit : hit;
}

static __always_inline bool selector_matches(u32 si, const u64 *raw, struct tg_scratch *s, bool has_ret, u64 ret, const struct head *head)
{
	u32 first = cfg.selectors[si].match_first, count = cfg.selectors[si].match_count;
	bool acts = cfg.selectors[si].error || cfg.selectors[si].signal;

	if (cfg.selectors[si].pid_count && !pid_matches(si))
		return false;
	if (cfg.selectors[si].process_count && !process_matches(si))
		return false;
	if (cfg.selectors[si].bin_count && !exe_matches(si, s))
		return false;
	if (cfg.selectors[si].par_count && !parent_matches(si, s))
		return false;
	if (count) {
		u32 k = 0;
		NO_UNROLL
		do {
			if (first + k >= TG_MATCHES)
				break;
			if (!arg_matches(first + k, acts, raw, s, head))
				return false;
		} while (++k < count);
	}
	if (has_ret) {
		first = cfg.selectors[si].ret_first;
		count = cfg.selectors[si].ret_count;
		NO_UNROLL
		for (u32 k = 0; k < TG_MATCHES; k++) {
			if (k >= count || first + k >= TG_MATCHES)
				break;
			if (!number_matches(first + k, number_of(cfg.ret_type, ret)))
				return false;
		}
	}
	return true;
}

/* The first selector that matches, or -1. `of`: those that are about the task, a bit each. */
static __always_inline int select_first(const u64 *raw, struct tg_scratch *s, bool has_ret, u64 ret, const struct head *head, u32 of)
{
	u32 si = 0;

	if (!cfg.nselectors)
		return -1;
	NO_UNROLL
	do {
		if (si >= TG_SELECTORS)
			break;
		if ((!(cfg.whose & ((1u << TG_SELECTORS) - 1)) || of >> si & 1) && selector_matches(si, raw, s, has_ret, ret, head))
			return (int)si;
	} while (++si < cfg.nselectors);
	return -1;
}
