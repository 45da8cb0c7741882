/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The kernel's own reading of a structure by a plain address (bpf_rdonly_cast, 6.2), which wants the number that the structure's
 * type has in the kernel's BTF. The addon shows libbpf an extract of that BTF, under other numbers, and the true ones
 * as the values of this enumeration: bpf/addon/kernel_types.
 */
#pragma once

enum tg_kernel_type {
	tg_type_bpf_prog = 1,
	tg_type_cgroup,
	tg_type_cgroup_subsys_state,
	tg_type_css_set,
	tg_type_dentry,
	tg_type_file,
	tg_type_filename,
	tg_type_inode,
	tg_type_kernfs_iattrs,
	tg_type_kernfs_node,
	tg_type_kernfs_node___from_6_15,
	tg_type_kiocb,
	tg_type_linux_binprm,
	tg_type_mount,
	tg_type_path,
	tg_type_sk_buff,
	tg_type_sock,
	tg_type_socket,
	tg_type_task_struct,
	tg_type_timespec64,
	tg_type_vfsmount,
};
#define KERNEL_TYPE_ID(name) bpf_core_enum_value(enum tg_kernel_type, tg_type_##name)

/*
 * libbpf looks such a function up in the whole of the kernel's BTF, anew for each object. A template is not loaded by libbpf: it
 * calls a helper by a number that no kernel has, and the addon puts the function in its place.
 */
#ifdef TG_TEMPLATE
#define TG_CAST_CALL 0x54470001 /* kCastCall in bpf/addon/kernel_types.h */
static void *(*const bpf_rdonly_cast)(void *obj, u32 btf_id) = (void *)TG_CAST_CALL;
#else
extern void *bpf_rdonly_cast(void *obj, u32 btf_id) __ksym __weak;
#endif
