// SPDX-License-Identifier: Apache-2.0
/** What well-known hooks stand for, and what the numbers they are asked about mean, for people who do not know the kernel. */
import type { NormalHook } from '../model/normal-policy.ts';

/** By the name of the call: when a process gets there. */
// biome-ignore format: a table is read in rows
const MEANINGS: Readonly<Record<string, string>> = {
  security_file_permission: 'a file that is open is read or written',
  security_file_open: 'a file is opened',
  security_mmap_file: 'a file is mapped into memory, as programs and libraries are',
  security_path_truncate: 'a file is cut to a length',
  security_path_symlink: 'a symbolic link is made',
  security_path_link: 'a hard link is made',
  security_path_unlink: 'a file is removed',
  security_path_rename: 'a file is given another name',
  security_path_chmod: 'the rights to a file are changed',
  security_path_chown: 'a file is given to another user or group',
  security_path_mkdir: 'a folder is made',
  security_path_rmdir: 'a folder is removed',
  security_path_chroot: 'a process gets another root folder',
  security_inode_unlink: 'a file is removed',
  security_inode_rename: 'a file is given another name',
  security_inode_setxattr: 'an attribute of a file is set',
  security_file_ioctl: 'a device or a file is sent a command',
  security_file_mprotect: 'what may be done with mapped memory is changed',
  security_sb_mount: 'a file system is mounted',
  security_sb_umount: 'a file system is unmounted',
  security_task_kill: 'a signal is sent to a process',
  security_ptrace_access_check: 'a process looks into another one',
  security_capable: 'it is asked whether a process has a privilege',
  security_create_user_ns: 'a user namespace is made, in which a process can be root by itself',
  security_settime64: 'the clock of the host is set',
  security_bpf: 'a process works with eBPF',
  security_bpf_prog: 'a process gets hold of an eBPF program',
  security_unix_stream_connect: 'a process connects to a socket of this host',
  security_path_mknod: 'a special file or a socket is made',
  security_inode_mkdir: 'a folder is made',
  security_inode_follow_link: 'a symbolic link is followed',
  security_inode_copy_up_xattr: 'a layered file system copies an attribute of a file to its upper layer',
  security_bprm_check: 'a program is about to be executed',
  security_bprm_check_security: 'a program is about to be executed',
  security_kernel_module_request: 'the kernel asks for a module by itself',
  security_kernel_read_file: 'the kernel reads a file for its own use, such as a module',
  security_socket_connect: 'a connection is asked for',
  security_socket_bind: 'a socket is given an address of its own',
  security_socket_listen: 'a socket is opened for others',
  security_socket_create: 'a socket is made',
  security_socket_sendmsg: 'something is sent over a socket',
  security_socket_recvmsg: 'something is received over a socket',
  security_perf_event_alloc: 'performance counters or probes are set up',
  security_bpf_map_alloc: 'memory for eBPF programs is set up',
  security_bpf_map_create: 'memory for eBPF programs is set up',
  bpf_check: 'an eBPF program is checked before it is loaded',
  tcp_connect: 'a TCP connection is begun',
  tcp_close: 'a TCP connection is ended',
  tcp_sendmsg: 'something is sent over TCP',
  tcp_set_state: 'a TCP connection goes from one state to another',
  tcp_create_openreq_child: 'a TCP connection is accepted',
  inet_csk_listen_start: 'a TCP port is opened for others',
  sk_alloc: 'a socket is made',
  sk_free: 'a socket is given back',
  __sk_free: 'a socket is given back',
  __cgroup_bpf_run_filter_skb: 'a network packet comes to or from a group of processes',
  dev_queue_xmit: 'a network packet is handed to a network card',
  fd_install: 'a process gets a descriptor of a file or a socket',
  commit_creds: 'a process changes its user or its privileges',
  override_creds: 'the kernel acts for a process with other privileges for a moment',
  revert_creds: 'the kernel ends acting with other privileges',
  cap_capable: 'it is asked whether a process has a privilege',
  create_user_ns: 'a user namespace is made, in which a process can be root by itself',
  tty_write: 'something is written to a terminal',
  'sched/sched_process_exec': 'a program has been executed',
};

/** `when a file is opened`; undefined for what is not known here. */
export function meaningOf({ call, also = call }: Pick<NormalHook, 'call' | 'also'>): string | undefined {
  const text = Object.hasOwn(MEANINGS, call) ? MEANINGS[call] : MEANINGS[also];
  return text === undefined ? undefined : `when ${text}`;
}

type Numbers = Readonly<Record<string, string>>;
const ACCESS: Numbers = { '1': 'execute', '2': 'write', '4': 'read', '8': 'append' };
const PROTECTION: Numbers = { '1': 'to be read', '2': 'to be written', '4': 'to be executed' };
const FAMILIES: Numbers = {
  '1': 'on this host',
  '2': 'IPv4',
  '10': 'IPv6',
  '16': 'netlink, to the kernel',
  '17': 'raw packets',
  '38': 'the kernel’s ciphers',
  '40': 'to a virtual machine',
};
const SOCKET_TYPES: Numbers = { '1': 'a stream', '2': 'datagrams', '3': 'raw' };
const SIGNALS: Numbers = {
  '0': 'none, to see whether it is there',
  '2': 'interrupt',
  '9': 'kill',
  '15': 'terminate',
};

/** As the flags of clone, unshare and setns have them. */
const NAMESPACES: Numbers = {
  '131072': 'mount',
  '33554432': 'cgroup',
  '67108864': 'uts',
  '134217728': 'ipc',
  '268435456': 'user',
  '536870912': 'pid',
  '1073741824': 'network',
};

/** What the kernel reads something for, whether from a file or not. */
const READ_FOR: Numbers = { '1': 'firmware', '2': 'a kernel module', '3': 'another kernel' };

/** By call and argument. */
// biome-ignore format: a table is read in rows
const NUMBERS: Readonly<Record<string, Readonly<Record<number, Numbers>>>> = {
  security_file_permission: { 1: ACCESS },
  security_inode_permission: { 1: ACCESS },
  security_mmap_file: { 1: PROTECTION, 2: { '1': 'shared', '2': 'private' } },
  security_file_mprotect: { 1: PROTECTION },
  security_kernel_read_file: { 1: READ_FOR },
  security_kernel_load_data: { 0: READ_FOR },
  sk_alloc: { 1: FAMILIES },
  sys_socket: { 0: FAMILIES, 1: SOCKET_TYPES },
  security_socket_create: { 0: FAMILIES, 1: SOCKET_TYPES },
  sys_unshare: { 0: NAMESPACES },
  sys_setns: { 1: NAMESPACES },
  sys_clone: { 0: NAMESPACES },
  sys_kill: { 1: SIGNALS },
  security_task_kill: { 2: SIGNALS },
  sys_setuid: { 0: { '0': 'root' } },
  sys_mprotect: { 2: PROTECTION },
  tcp_set_state: { 1: { '1': 'established', '2': 'asked for', '7': 'closed' } },
};

/** What a number stands for there; undefined where it is only a number. */
export function numberMeaning(call: string, index: number, value: string): string | undefined {
  return Object.hasOwn(NUMBERS, call) ? NUMBERS[call]?.[index]?.[value] : undefined;
}
