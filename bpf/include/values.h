/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Reading the arguments a policy names into the event: one header per value, texts and structures behind it. */
#pragma once
#include "path_walk.h"

#define DATA_MASK (TG_DATA_MAX - 1)

/*
 * Where the kernel's own types come with the raw values (fentry, fexit, fmod_ret, lsm), a field is one load; elsewhere
 * it takes a helper call of some hundred instructions. The prototype was checked when the policy was planned. What a route
 * leads to has no type, nor has what a call returned: then all of a hook is read by the helper.
 */
#ifndef TG_RECORDS
#define TG_RECORDS 0 /* only a tracepoint has a record */
#endif
#ifndef TG_TYPED
#define TG_TYPED 0
#endif
#ifndef TG_NETWORK
#define TG_NETWORK 1
#endif
/* From 6.2 on the verifier takes an LSM hook's parameters for pointers that lead somewhere and drops every look whether one is
 * NULL. But a mapping may have no file: the cast takes its trust away. */
#ifndef TG_TRUSTED
#define TG_TRUSTED 0
#endif
#define DOUBTED(p) (TG_TRUSTED && cfg.has_cast ? (typeof(p))bpf_rdonly_cast((void *)(p), TYPE_ID_OF(p)) : (p))
#define TYPE_ID_OF(p) \
	_Generic((p), FOR_TYPE(dentry), FOR_TYPE(file), FOR_TYPE(filename), FOR_TYPE(kiocb), FOR_TYPE(linux_binprm), FOR_TYPE(path), \
		 FOR_TYPE(sk_buff), FOR_TYPE(sock), FOR_TYPE(socket), FOR_TYPE(vfsmount))
#define FOR_TYPE(name) struct name * : KERNEL_TYPE_ID(name)
#define IS_TYPED (TG_TYPED && cfg.source == TG_SRC_ARGS && !cfg.has_routes && !cfg.ret_object)
#define FIELD(p, ...) (IS_TYPED ? TYPED_FIELD(DOUBTED(p), __VA_ARGS__) : BPF_CORE_READ(p, __VA_ARGS__))
/* By plain loads, a field after the other. */
#define LOADS_1(p, a) ((p)->a)
#define LOADS_2(p, a, b) ((p)->a->b)
#define LOADS_3(p, a, b, c) ((p)->a->b->c)
#define LOADS_PICK(_1, _2, _3, NAME, ...) NAME
#define LOADS(p, ...) LOADS_PICK(__VA_ARGS__, LOADS_3, LOADS_2, LOADS_1)(p, __VA_ARGS__)
#if TG_TYPED
#define TYPED_FIELD(p, ...) LOADS(p, __VA_ARGS__)
#else
#define TYPED_FIELD(p, ...) 0
#endif

static __always_inline bool is_pointer(u64 raw) { return raw >= 4096 && raw < (u64)-4095; }

static __always_inline u32 copy_text(struct tg_scratch *s, u32 off, u32 len)
{
	u32 from = TG_TEXT_MAX - len;

	if (len > TG_TEXT_MAX)
		return 0;
	asm volatile("" : "+r"(len), "+r"(from));
	if (len > TG_TEXT_MAX)
		return 0;
	if (bpf_probe_read_kernel(&s->data[off & DATA_MASK], len, &s->path[from & (TG_TEXT_MAX - 1)]))
		return 0;
	return len;
}

static __always_inline u32 put_place(struct tg_scratch *s, u32 off, struct dentry *dentry, struct vfsmount *mnt, u32 *whole)
{
	u32 len = path_text(s, dentry, mnt, cfg.canonical, whole);
	return copy_text(s, off, len);
}

/* Of an entry whose type the verifier knows. */
static __always_inline u32 put_typed_place(struct tg_scratch *s, u32 off, struct dentry *dentry, struct vfsmount *mnt, u32 *whole)
{
	return copy_text(s, off, path_text_of(s, dentry, mnt, cfg.canonical, true, whole));
}

static __always_inline u32 put_path(struct tg_scratch *s, u32 off, struct path *p, u32 *whole)
{
	return put_place(s, off, BPF_CORE_READ(p, dentry), BPF_CORE_READ(p, mnt), whole);
}

#include "routes.h"
#include "sockets.h"
#include "objects.h"

#include "texts.h"
#include "buffers.h"

/* Appends one argument; keeps where its text lies. `returned`: how many bytes are meant of what has several pieces. `lost`: the hop
 * at which the way to it ended, from 1. */
static __always_inline void put_value(struct tg_scratch *s, u32 i, u64 raw, u64 size, s64 returned, u32 lost)
{
	struct tg_texts *t = &s->texts;
	/* read back, not kept: the verifier would walk all that follows once for each length a string may have */
	u32 type = cfg.args[i].type, off = i ? *(volatile u32 *)&t->len : 0, len = 0, bad = 0, whole = 1;
	struct tg_value *head;

	if (off >= TG_DATA_MAX - 64) {
		t->bad |= 1u << i;
		return;
	}
	off &= DATA_MASK & ~7u;
	head = (void *)&s->data[off];
	u32 body = off + sizeof(*head);
	u64 number = type == TG_T_SYSCALL ? syscall_of(raw) : number_of(type, raw);

	switch (lost ? TG_T_NOP : type) {
	case TG_T_NOP:
		bad = lost != 0;
		break;
	case TG_T_STRING_KERNEL:
		if (is_pointer(raw)) len = put_string(s, body, (void *)raw, false, &bad); else bad = 1;
		break;
	case TG_T_STRING_USER:
		len = put_string(s, body, (void *)raw, true, &bad);
		break;
	case TG_T_STRING_DATA_LOC:
		len = put_string(s, body, (void *)raw, false, &bad);
		if (len > size)
			len = size;
		break;
	case TG_T_FILENAME: {
		const char *name = FIELD((struct filename *)raw, name);
		if (is_pointer((u64)name)) len = put_string(s, body, name, false, &bad); else bad = 1;
		break;
	}
	case TG_T_FILE:
		if (IS_TYPED) {
			struct dentry *dentry = FIELD((struct file *)raw, f_path.dentry);
			if (!dentry) { bad = 1; break; }
			number = FIELD((struct file *)raw, f_flags) | ((u64)FIELD((struct file *)raw, f_inode, i_mode) << 32);
			len = put_place(s, body, dentry, FIELD((struct file *)raw, f_path.mnt), &whole);
			break;
		}
		/* fall through */
	case TG_T_BINPRM:
	case TG_T_KIOCB:
	case TG_T_FD: {
		struct file *file = file_behind(type, raw);
		if (!is_pointer((u64)file)) { bad = 1; break; }
		number = BPF_CORE_READ(file, f_flags) | ((u64)BPF_CORE_READ(file, f_inode, i_mode) << 32);
		len = put_path(s, body, (struct path *)((void *)file + bpf_core_field_offset(struct file, f_path)), &whole);
		break;
	}
	case TG_T_PATH: {
		struct dentry *dentry = FIELD((struct path *)raw, dentry);
		if (!dentry) { bad = 1; break; }
		number = (u64)BPF_CORE_READ(dentry, d_inode, i_mode) << 32;
		len = put_place(s, body, dentry, FIELD((struct path *)raw, mnt), &whole);
		break;
	}
	case TG_T_CHILD:
		if (!is_pointer(raw) || !is_pointer(size)) { bad = 1; break; }
		number = (u64)BPF_CORE_READ((struct dentry *)size, d_inode, i_mode) << 32;
		len = put_place(s, body, (struct dentry *)size, FIELD((struct path *)raw, mnt), &whole);
		break;
	case TG_T_MOUNT:
		if (!is_pointer(raw)) { bad = 1; break; }
		len = put_place(s, body, FIELD((struct vfsmount *)raw, mnt_root), (struct vfsmount *)raw, &whole);
		break;
	case TG_T_DENTRY:
		if (!is_pointer(raw)) { bad = 1; break; }
		number = (u64)BPF_CORE_READ((struct dentry *)raw, d_inode, i_mode) << 32;
		len = put_place(s, body, (struct dentry *)raw, NULL, &whole);
		break;
	case TG_T_NET_DEVICE:
		if (!is_pointer(raw)) { bad = 1; break; }
		len = put_string(s, body, (void *)raw + bpf_core_field_offset(struct net_device, name), false, &bad);
		break;
	case TG_T_IOV_ITER: {
		struct segment seg;
		if (!is_pointer(raw) || !first_segment((struct iov_iter *)raw, &seg)) { bad = 1; break; }
		number = seg.total;
		len = put_bytes(s, i, body, seg.base, seg.size, true, &bad);
		break;
	}
	case TG_T_CAPS:
		bad = !caps_of(raw, &number);
		break;
	case TG_T_CRED: case TG_T_USER_NS: case TG_T_BPF_ATTR: case TG_T_BPF_PROG: case TG_T_BPF_MAP:
	case TG_T_PERF_EVENT: case TG_T_LOAD_INFO: case TG_T_MODULE:
		if (!is_pointer(raw)) { bad = 1; break; }
		len = put_object(&s->data[body & DATA_MASK & ~7u], type, raw);
		break;
	case TG_T_SOCK: {
		struct tg_sock_value *v = (void *)&s->data[body & DATA_MASK & ~7u];
		if (!is_pointer(raw)) { bad = 1; break; }
		read_sock(v, (struct sock *)raw);
		len = sizeof(*v);
		break;
	}
	case TG_T_SOCKET: {
		struct tg_sock_value *v = (void *)&s->data[body & DATA_MASK & ~7u];
		struct sock *sk = is_pointer(raw) ? FIELD((struct socket *)raw, sk) : NULL;
		if (!sk) { bad = 1; break; }
		read_sock(v, sk);
		len = sizeof(*v);
		break;
	}
	case TG_T_SKB: {
		struct tg_sock_value *v = (void *)&s->data[body & DATA_MASK & ~7u];
		if (!TG_NETWORK || !is_pointer(raw)) { bad = 1; break; }
		read_skb(v, (struct sk_buff *)raw);
		len = sizeof(*v);
		break;
	}
	case TG_T_SOCKADDR:
	case TG_T_SOCKADDR_USER: {
		struct tg_sock_value *v = (void *)&s->data[body & DATA_MASK & ~7u];
		if (read_sockaddr(v, (void *)raw, type == TG_T_SOCKADDR_USER)) { bad = 1; break; }
		len = sizeof(*v);
		break;
	}
	case TG_T_SOCKADDR_UN:
	case TG_T_SOCKADDR_UN_USER:
		len = unix_name(s, body, (void *)raw, size, type == TG_T_SOCKADDR_UN_USER);
		number = s->gathering.total, bad = s->gathering.bad;
		break;
	case TG_T_IOVEC:
		len = gather(s, body, raw, size, !cfg.args[i].until_returned ? (u64)-1 : returned > 0 ? (u64)returned : 0);
		number = s->gathering.total, bad = s->gathering.bad;
		break;
	case TG_T_BUF_KERNEL:
		number = size;
		len = put_bytes(s, i, body, (void *)raw, size, false, &bad);
		break;
	case TG_T_BUF_USER:
		number = size;
		len = put_bytes(s, i, body, (void *)raw, size, true, &bad);
		break;
	}
	head->type = type;
	head->status = lost ? TG_V_LOST + lost : bad ? TG_V_BAD : whole ? TG_V_READ : TG_V_PARTIAL;
	head->len = len;
	head->number = number;
	t->off[i] = body;
	t->size[i] = len;
	t->bad |= bad << i, t->partial |= (u32)!whole << i;
	t->len = (body + len + 7) & ~7u;
}

/* `returned`: how many bytes the call says it wrote, where it has returned. */
static __always_inline void put_values(struct tg_scratch *s, const u64 *raw, s64 returned)
{
	struct tg_texts *t = &s->texts;

	__builtin_memset(t, 0, sizeof(*t));
	/* a copy has it written out, value by value (bpf/addon/constants.cc) */
	NO_UNROLL
	for (u32 i = 0; i < TG_VALUES; i++) {
		if (i >= cfg.nargs)
			break;
		u32 param = cfg.args[i].param, size_param = cfg.args[i].size_param;
		u64 size = size_param && size_param <= TG_ARGS ? raw[size_param - 1] : 0;
		if (size_param == TG_SIZE_RETURNED)
			size = returned > 0 ? returned : 0;
		if (TG_RECORDS && cfg.args[i].lies)
			size = raw[TG_ROUTED + i];
		put_value(s, i, has_raw(param) ? raw[param] : (u64)-1, size, returned, route_lost(raw, i));
	}
	if (cfg.needs_exe) {
		struct task_struct *task = current_task();
		struct file *exe = task->mm->exe_file;
		u32 whole = 0;
		t->exe_off = t->len;
		t->exe_bad = 1;
		u32 off = t->len;
		if (exe && off < TG_DATA_MAX - 64) {
			t->exe_size = put_place(s, off, exe->f_path.dentry, exe->f_path.mnt, &whole);
			t->exe_bad = !whole;
		}
	}
}
