/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Kernel objects as arguments: the file behind one, a buffer it describes, or what an event tells of it. Part of values.h. */
#pragma once

static __always_inline struct file *file_of_fd(u32 fd)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct fdtable *table = BPF_CORE_READ(task, files, fdt);
	struct file **slots = BPF_CORE_READ(table, fd);
	struct file *file = NULL;

	if (!table || fd >= BPF_CORE_READ(table, max_fds))
		return NULL;
	bpf_probe_read_kernel(&file, sizeof(file), &slots[fd]);
	return file;
}

/* The file that an argument is, names or carries. */
static __always_inline struct file *file_behind(u32 type, u64 raw)
{
	switch (type) {
	case TG_T_FD: return file_of_fd((u32)raw);
	case TG_T_BINPRM: return is_pointer(raw) ? FIELD((struct linux_binprm *)raw, file) : NULL;
	case TG_T_KIOCB: return is_pointer(raw) ? FIELD((struct kiocb *)raw, ki_filp) : NULL;
	}
	return (struct file *)raw;
}

struct segment { void *base; u64 size, total; };

/* The first piece of a transfer from or to user memory; false for those inside the kernel. */
static __always_inline bool first_segment(struct iov_iter *iter, struct segment *seg)
{
	u32 type = BPF_CORE_READ(iter, iter_type);
	u64 skipped = BPF_CORE_READ(iter, iov_offset);

	seg->total = BPF_CORE_READ(iter, count);
	if (bpf_core_enum_value_exists(enum iter_type___names, ITER_UBUF) && type == bpf_core_enum_value(enum iter_type___names, ITER_UBUF)) {
		seg->base = BPF_CORE_READ(iter, ubuf) + skipped;
		seg->size = seg->total;
		return true;
	}
	if (type != bpf_core_enum_value(enum iter_type___names, ITER_IOVEC))
		return false;
	const struct iovec *first = bpf_core_field_exists(struct iov_iter, __iov) ? BPF_CORE_READ(iter, __iov)
		: BPF_CORE_READ((struct iov_iter___before_6_4 *)iter, iov);
	u64 size = BPF_CORE_READ(first, iov_len);
	seg->base = BPF_CORE_READ(first, iov_base) + skipped;
	seg->size = size > skipped ? size - skipped : 0;
	if (seg->size > seg->total)
		seg->size = seg->total;
	return true;
}

/* A set of capabilities behind a pointer. */
static __always_inline bool caps_of(u64 raw, u64 *caps)
{
	return is_pointer(raw) && bpf_probe_read_kernel(caps, sizeof(*caps), (void *)raw) == 0;
}

static __always_inline void read_user_ns(struct tg_user_ns_value *v, struct user_namespace *ns)
{
	v->level = BPF_CORE_READ(ns, level);
	v->uid = BPF_CORE_READ(ns, owner.val);
	v->gid = BPF_CORE_READ(ns, group.val);
	v->inum = BPF_CORE_READ(ns, ns.inum);
}

static __always_inline void read_cred(struct tg_cred_value *v, struct cred *cred)
{
	v->uid = BPF_CORE_READ(cred, uid.val);
	v->gid = BPF_CORE_READ(cred, gid.val);
	v->euid = BPF_CORE_READ(cred, euid.val);
	v->egid = BPF_CORE_READ(cred, egid.val);
	v->suid = BPF_CORE_READ(cred, suid.val);
	v->sgid = BPF_CORE_READ(cred, sgid.val);
	v->fsuid = BPF_CORE_READ(cred, fsuid.val);
	v->fsgid = BPF_CORE_READ(cred, fsgid.val);
	v->securebits = BPF_CORE_READ(cred, securebits);
	v->reserved = 0;
	bpf_probe_read_kernel(&v->permitted, 8, (void *)cred + bpf_core_field_offset(struct cred, cap_permitted));
	bpf_probe_read_kernel(&v->effective, 8, (void *)cred + bpf_core_field_offset(struct cred, cap_effective));
	bpf_probe_read_kernel(&v->inheritable, 8, (void *)cred + bpf_core_field_offset(struct cred, cap_inheritable));
	read_user_ns(&v->user_ns, BPF_CORE_READ(cred, user_ns));
}

#define ATTR_PROG_TYPE 0
#define ATTR_INSN_CNT 4
#define ATTR_PROG_NAME 48 /* in union bpf_attr, whose members never move */

/* Writes the object's value where there is room for the largest, and returns its size. */
static __always_inline u32 put_object(u8 *to, u32 type, u64 raw)
{
	switch (type) {
	case TG_T_CRED:
		read_cred((void *)to, (struct cred *)raw);
		return sizeof(struct tg_cred_value);
	case TG_T_USER_NS:
		read_user_ns((void *)to, (struct user_namespace *)raw);
		return sizeof(struct tg_user_ns_value);
	case TG_T_BPF_ATTR: {
		struct tg_bpf_prog_value *v = (void *)to;
		bpf_probe_read_kernel(&v->type, 4, (void *)raw + ATTR_PROG_TYPE);
		bpf_probe_read_kernel(&v->count, 4, (void *)raw + ATTR_INSN_CNT);
		bpf_probe_read_kernel(v->name, TG_BPF_NAME, (void *)raw + ATTR_PROG_NAME);
		return sizeof(*v);
	}
	case TG_T_BPF_PROG: {
		struct tg_bpf_prog_value *v = (void *)to;
		struct bpf_prog *prog = (void *)raw;
		v->type = BPF_CORE_READ(prog, type);
		v->count = BPF_CORE_READ(prog, len);
		bpf_probe_read_kernel(v->name, TG_BPF_NAME, (void *)BPF_CORE_READ(prog, aux) + bpf_core_field_offset(struct bpf_prog_aux, name));
		return sizeof(*v);
	}
	case TG_T_BPF_MAP: {
		struct tg_bpf_map_value *v = (void *)to;
		struct bpf_map *map = (void *)raw;
		v->type = BPF_CORE_READ(map, map_type);
		v->key_size = BPF_CORE_READ(map, key_size);
		v->value_size = BPF_CORE_READ(map, value_size);
		v->max_entries = BPF_CORE_READ(map, max_entries);
		bpf_probe_read_kernel(v->name, TG_BPF_NAME, (void *)map + bpf_core_field_offset(struct bpf_map, name));
		return sizeof(*v);
	}
	case TG_T_PERF_EVENT: {
		struct tg_perf_event_value *v = (void *)to;
		struct perf_event *event = (void *)raw;
		v->type = BPF_CORE_READ(event, attr.type);
		v->reserved = 0;
		v->config = BPF_CORE_READ(event, attr.config);
		v->probe_offset = BPF_CORE_READ(event, attr.config2);
		/* for a kprobe the function's name in the caller's memory, for others a number that leads nowhere */
		if (bpf_probe_read_user_str(v->function, sizeof(v->function), (void *)BPF_CORE_READ(event, attr.config1)) < 0)
			v->function[0] = 0;
		return sizeof(*v);
	}
	case TG_T_LOAD_INFO: case TG_T_MODULE: {
		struct tg_module_value *v = (void *)to;
		struct load_info *info = (void *)raw;
		bool loading = type == TG_T_LOAD_INFO;
		struct module *mod = loading ? BPF_CORE_READ(info, mod) : (struct module *)raw;
		const void *name = loading ? BPF_CORE_READ(info, name) : (void *)mod + bpf_core_field_offset(struct module, name);
		v->taints = BPF_CORE_READ(mod, taints);
		v->signature = loading && bpf_core_field_exists(struct load_info, sig_ok) && BPF_CORE_READ(info, sig_ok);
		if (bpf_probe_read_kernel_str(v->name, sizeof(v->name), name) < 0)
			v->name[0] = 0;
		return sizeof(*v);
	}
	}
	return 0;
}

#define TS_COMPAT 2
#define SYSCALL_COMPAT 0x80000000U

/* The number of a system call, bit 31 set for one by a 32-bit door. */
static __always_inline u64 syscall_of(u64 raw)
{
	struct task_struct___with_info *task = (void *)bpf_get_current_task();
	return (u32)raw | (BPF_CORE_READ(task, thread_info.status) & TS_COMPAT ? SYSCALL_COMPAT : 0);
}
