/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Ranges and networks, and the parts of objects that are compared with them. Part of match.h. */
#pragma once
#include "values.h"

static __always_inline bool negative(u32 op)
{
	return op == TG_OP_NE || op == TG_OP_NOTPREFIX || op == TG_OP_NOTPOSTFIX || op == TG_OP_NOTRANGE || op == TG_OP_NOTNET;
}

static __always_inline bool range_matches(u32 mi, u64 v)
{
	u32 op = cfg.matches[mi].op, count = cfg.matches[mi].count, first = cfg.matches[mi].first, cls = cfg.matches[mi].cls;

	if (!count)
		return negative(op);
	u32 k = 0;
	NO_UNROLL
	do {
		u32 at = first + 2 * k;
		if (at >= TG_NUMBERS - 1)
			break;
		u64 low = cfg.numbers[at], high = cfg.numbers[at + 1];
		if (cls == TG_C_SIGNED ? (s64)v >= (s64)low && (s64)v <= (s64)high : v >= low && v <= high)
			return !negative(op);
	} while (++k < count);
	return negative(op);
}

/* An IPv4 network (its mask covers the mapping) holds IPv4 addresses only, an IPv6 one none of them. */
static __always_inline bool address_matches(u32 mi, const u64 *a)
{
	u32 op = cfg.matches[mi].op, count = cfg.matches[mi].count, first = cfg.matches[mi].first;
	bool is4 = !a[0] && (u32)a[1] == 0xffff0000;

	if (!count)
		return negative(op);
	u32 k = 0;
	NO_UNROLL
	do {
		u32 at = first + 4 * k;
		if (at >= TG_NUMBERS - 3)
			break;
		u64 high = cfg.numbers[at], low = cfg.numbers[at + 1];
		u64 high_mask = cfg.numbers[at + 2], low_mask = cfg.numbers[at + 3];
		bool of4 = !high && (u32)low == 0xffff0000 && (u32)low_mask == 0xffffffff;
		if (is4 == of4 && !((a[0] ^ high) & high_mask) && !((a[1] ^ low) & low_mask))
			return !negative(op);
	} while (++k < count);
	return negative(op);
}

/* Its text is a path, of which there may be none. */
static __always_inline bool has_path(u32 type)
{
	switch (type) {
	case TG_T_FILE: case TG_T_PATH: case TG_T_FD: case TG_T_BINPRM: case TG_T_KIOCB: case TG_T_DENTRY: case TG_T_CHILD: case TG_T_MOUNT:
	case TG_T_SOCKADDR_UN: case TG_T_SOCKADDR_UN_USER:
		return true;
	}
	return false;
}

#define S_IFMT 0170000

/* The part of an object that a match is about. False: it has none, or it cannot be read; no operator matches then. */
static __always_inline bool part_of(u32 type, u64 raw, u32 field, u64 *v)
{
	if (TG_NETWORK && (type == TG_T_SOCKADDR || type == TG_T_SOCKADDR_USER || type == TG_T_SOCKADDR_UN || type == TG_T_SOCKADDR_UN_USER)) {
		struct tg_sock_value whole;
		bool user = type == TG_T_SOCKADDR_USER || type == TG_T_SOCKADDR_UN_USER;
		return !read_sockaddr(&whole, (void *)raw, user) && read_part(&whole, field, v);
	}
	if (!is_pointer(raw))
		return false;
	switch (type) {
	case TG_T_SOCK:
		return sock_part((struct sock *)raw, field, v);
	case TG_T_SOCKET: {
		struct sock *sk = FIELD((struct socket *)raw, sk);
		return sk && sock_part(sk, field, v);
	}
	case TG_T_SKB: {
		if (!TG_NETWORK)
			return false;
		struct tg_sock_value whole;
		read_skb(&whole, (struct sk_buff *)raw);
		return read_part(&whole, field, v);
	}
	case TG_T_FILE:
		v[0] = FIELD((struct file *)raw, f_inode, i_mode) & S_IFMT;
		return v[0] != 0;
	case TG_T_PATH: {
		struct dentry *dentry = FIELD((struct path *)raw, dentry);
		v[0] = dentry ? BPF_CORE_READ(dentry, d_inode, i_mode) & S_IFMT : 0;
		return v[0] != 0;
	}
	}
	return false;
}
