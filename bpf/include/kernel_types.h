/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The kernel structures the programs read, cut down to the fields they read. CO-RE relocates every access, so
 * only names and types matter here, not offsets. No vmlinux.h: a build needs no kernel with BTF at hand.
 */
#pragma once

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef signed int s32;
typedef signed long long s64;
typedef u16 __u16; typedef u32 __u32; typedef u64 __u64; typedef s32 __s32; typedef s64 __s64; typedef u8 __u8;
typedef u16 __be16; typedef u32 __be32; typedef u32 __wsum;
typedef _Bool bool;
#define true 1
#define false 0
#define NULL ((void *)0)

enum { BPF_ANY = 0, BPF_NOEXIST = 1 };
enum { BPF_F_CURRENT_CPU = 0xffffffffULL };
enum { BPF_F_USER_STACK = 1 << 8 };
enum { BPF_RB_NO_WAKEUP = 1, BPF_RB_FORCE_WAKEUP = 2, BPF_RB_AVAIL_DATA = 0 };
enum bpf_map_type_used { BPF_MAP_TYPE_HASH = 1, BPF_MAP_TYPE_ARRAY = 2, BPF_MAP_TYPE_PERCPU_ARRAY = 6, BPF_MAP_TYPE_LRU_HASH = 9, BPF_MAP_TYPE_RINGBUF = 27, BPF_MAP_TYPE_TASK_STORAGE = 29 };
enum { BPF_F_NO_PREALLOC = 1, BPF_LOCAL_STORAGE_GET_F_CREATE = 1 };

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

#include "cast.h"

#define KERNEL_TYPE __attribute__((preserve_access_index))

typedef struct { int counter; } atomic_t;
struct qstr { u32 len; const unsigned char *name; } KERNEL_TYPE;
struct super_block { u32 s_dev; unsigned long s_magic; } KERNEL_TYPE;
struct inode { unsigned short i_mode; unsigned long i_ino; struct super_block *i_sb; u32 i_nlink, i_generation; atomic_t i_writecount; } KERNEL_TYPE;
struct dentry { struct dentry *d_parent; struct qstr d_name; struct inode *d_inode; unsigned int d_flags; } KERNEL_TYPE;
struct vfsmount { struct dentry *mnt_root; } KERNEL_TYPE;
struct mount { struct mount *mnt_parent; struct dentry *mnt_mountpoint; struct vfsmount mnt; } KERNEL_TYPE;
struct path { struct vfsmount *mnt; struct dentry *dentry; } KERNEL_TYPE;
struct file { struct path f_path; struct inode *f_inode; unsigned int f_flags; void *private_data; } KERNEL_TYPE;
struct filename { const char *name; const char *uptr; const char iname[]; } KERNEL_TYPE;
struct msghdr { void *msg_name; unsigned int msg_flags; } KERNEL_TYPE;
struct fdtable { unsigned int max_fds; struct file **fd; } KERNEL_TYPE;
struct files_struct { struct fdtable *fdt; } KERNEL_TYPE;
struct fs_struct { struct path root; struct path pwd; } KERNEL_TYPE;
typedef struct { u32 val; } kuid_t;
typedef struct { u32 val; } kgid_t;
typedef struct { u64 val; } kernel_cap_t; /* two 32-bit words before 6.3: the same bytes */
struct ns_common { u32 inum; } KERNEL_TYPE;
struct user_namespace { int level; kuid_t owner; kgid_t group; struct ns_common ns; } KERNEL_TYPE;
struct cred {
	kuid_t uid, suid, euid, fsuid;
	kgid_t gid, sgid, egid, fsgid;
	unsigned securebits;
	kernel_cap_t cap_inheritable, cap_permitted, cap_effective;
	struct user_namespace *user_ns;
} KERNEL_TYPE;
struct mm_struct { struct file *exe_file; unsigned long arg_start, arg_end; } KERNEL_TYPE;
struct pid_namespace { struct ns_common ns; } KERNEL_TYPE;
struct upid { int nr; struct pid_namespace *ns; } KERNEL_TYPE;
struct pid { unsigned int level; struct upid numbers[1]; } KERNEL_TYPE;
struct signal_struct { atomic_t live; } KERNEL_TYPE;
struct uts_namespace { struct ns_common ns; } KERNEL_TYPE;
struct ipc_namespace { struct ns_common ns; } KERNEL_TYPE;
struct mnt_namespace { struct ns_common ns; } KERNEL_TYPE;
struct net { struct ns_common ns; } KERNEL_TYPE;
struct time_namespace { struct ns_common ns; } KERNEL_TYPE;
struct cgroup_namespace { struct ns_common ns; } KERNEL_TYPE;
struct nsproxy {
	struct uts_namespace *uts_ns;
	struct ipc_namespace *ipc_ns;
	struct mnt_namespace *mnt_ns;
	struct pid_namespace *pid_ns_for_children;
	struct net *net_ns;
	struct time_namespace *time_ns, *time_ns_for_children;
	struct cgroup_namespace *cgroup_ns;
} KERNEL_TYPE;
struct kernfs_iattrs { kuid_t ia_uid; } KERNEL_TYPE;
struct kernfs_node { u64 id; struct kernfs_node *parent; const char *name; unsigned short mode; struct kernfs_iattrs *iattr; } KERNEL_TYPE;
struct kernfs_node___from_6_15 { struct kernfs_node *__parent; } KERNEL_TYPE;
struct cgroup_root;
struct cgroup { struct kernfs_node *kn; struct cgroup_root *root; } KERNEL_TYPE;
struct cgroup_subsys_state { struct cgroup *cgroup; } KERNEL_TYPE;
struct css_set { struct cgroup_subsys_state *subsys[1]; struct cgroup *dfl_cgrp; } KERNEL_TYPE;
enum cgroup_subsys_id___names { pids_cgrp_id = 0 };
struct bpf_local_storage;
struct nameidata { struct filename *name; struct inode *inode; struct nameidata *saved; int dfd; } KERNEL_TYPE;
struct task_struct {
	struct bpf_local_storage *bpf_storage;
	struct signal_struct *signal;
	unsigned int flags, ptrace;
	int pid, tgid;
	u64 start_boottime, self_exec_id;
	int exit_code;
	struct task_struct *real_parent, *group_leader;
	struct mm_struct *mm;
	struct fs_struct *fs;
	struct nameidata *nameidata;
	struct files_struct *files;
	struct io_uring_task *io_uring;
	const struct cred *cred;
	struct nsproxy *nsproxy;
	struct css_set *cgroups;
	struct pid *thread_pid;
	kuid_t loginuid;
	unsigned int sessionid;
} KERNEL_TYPE;
/* any structure that begins with a 64-bit number will do: kernel memory is read through it */
struct timespec64 { s64 tv_sec; } KERNEL_TYPE;

struct open_flags { int open_flag; unsigned short mode; } KERNEL_TYPE;
struct linux_binprm { const char *filename; struct file *file; } KERNEL_TYPE;

struct kiocb { struct file *ki_filp; } KERNEL_TYPE;
struct net_device { char name[16]; } KERNEL_TYPE;
struct iovec { void *iov_base; unsigned long iov_len; } KERNEL_TYPE;
struct iov_iter { u8 iter_type; unsigned long iov_offset, count; void *ubuf; const struct iovec *__iov; } KERNEL_TYPE;
struct iov_iter___before_6_4 { const struct iovec *iov; } KERNEL_TYPE;
enum iter_type___names { ITER_UBUF = 0, ITER_IOVEC = 1 };
struct bpf_prog_aux { u32 id; char name[16]; } KERNEL_TYPE;
enum bpf_prog_type { SOME_PROG_TYPE };
enum bpf_map_type { SOME_MAP_TYPE };
struct bpf_prog { enum bpf_prog_type type; u32 len; struct bpf_prog_aux *aux; } KERNEL_TYPE;
struct bpf_map { enum bpf_map_type map_type; u32 key_size, value_size, max_entries, id; char name[16]; } KERNEL_TYPE;
struct perf_event_attr { u32 type, wakeup_events; u64 config, config1, config2; } KERNEL_TYPE;
struct perf_event { struct perf_event_attr attr; } KERNEL_TYPE;
struct vm_area_struct { struct file *vm_file; } KERNEL_TYPE;
struct perf_mmap_event { struct vm_area_struct *vma; u32 prot, build_id_size; u8 build_id[20]; } KERNEL_TYPE;
struct task_struct___in_exec { unsigned in_execve : 1; } KERNEL_TYPE;
struct module { char name[56]; unsigned long taints; } KERNEL_TYPE;
struct load_info { const char *name; struct module *mod; bool sig_ok; } KERNEL_TYPE;

struct in6_addr_words { u32 word[4]; };
struct in6_addr { union { u32 u6_addr32[4]; } in6_u; } KERNEL_TYPE;
struct sock_common {
	unsigned short skc_family;
	volatile unsigned char skc_state;
	u16 skc_dport;
	u16 skc_num;
	u32 skc_daddr, skc_rcv_saddr;
	struct in6_addr skc_v6_daddr, skc_v6_rcv_saddr;
} KERNEL_TYPE;
struct sock { struct sock_common __sk_common; u16 sk_type; u16 sk_protocol; u32 sk_mark; u32 sk_priority; } KERNEL_TYPE;

struct socket { struct sock *sk; } KERNEL_TYPE;
struct sk_buff {
	unsigned int len;
	u32 priority, hash, mark;
	u16 network_header;
	unsigned char *head;
} KERNEL_TYPE;

struct pt_regs { unsigned long di, si, dx, r10, r8, r9, cx, ax, orig_ax, bx, bp, cs; } KERNEL_TYPE;
struct thread_info { u32 status; } KERNEL_TYPE;
struct task_struct___with_info { struct thread_info thread_info; } KERNEL_TYPE;

#define PF_KTHREAD 0x00200000
#define PF_IO_WORKER 0x00000010
