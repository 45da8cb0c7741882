// SPDX-License-Identifier: Apache-2.0
/**
 * How often a busy host passes a hook, and what one passing costs. The costs are guest instructions of an empty
 * program, measured by exact counting; they compare mechanisms and are no times.
 */
import type { NormalHook } from '../model/normal-policy.ts';

/** cold: configuration changes · warm: once or a few times per process or file · hot: per read, packet or switch */
export type Heat = 'hot' | 'warm' | 'cold';

const HOT: readonly RegExp[] = [
  /^raw_syscalls\//,
  /^syscalls\/sys_(enter|exit)_(read|write|openat|close|futex|recvmsg|sendmsg|epoll_wait|poll|mmap|brk)$/,
  /^sched\/sched_(switch|wakeup|waking|stat_)/,
  /^(irq|softirq|timer|hrtimer|kmem|napi|net|skb|rcu|workqueue|block|page_pool|exceptions)\//,
  /^sys_(read|write|pread64|pwrite64|readv|writev|openat|close|futex|recvmsg|sendmsg|recvfrom|sendto|epoll_wait|epoll_pwait|poll|ppoll|mmap|munmap|brk|clock_gettime|lseek|newfstat|newfstatat|ioctl)$/,
  /^(vfs_read|vfs_write|vfs_statx|vfs_getattr|fd_install|__alloc_fd|do_filp_open|path_openat|filp_close|fput|__fput)$/,
  /^security_(file_permission|inode_permission|inode_getattr|file_open|socket_sendmsg|socket_recvmsg|sock_rcv_skb|task_kill|capable|d_instantiate)$/,
  /^(tcp_sendmsg|tcp_recvmsg|udp_sendmsg|udp_recvmsg|tcp_rcv_established|tcp_v4_rcv|tcp_v6_rcv|ip_rcv.*|ip6?_output|ip_mc_output|ip_finish_output.*|(__)?ip_local_out|sk_filter_trim_cap|tcp_filter|nf_hook_slow|__netif_receive_skb.*|dev_queue_xmit|__dev_queue_xmit|kfree_skb.*|consume_skb)$/,
  /^(__kmalloc.*|kmalloc.*|kfree|kmem_cache_.*|__alloc_pages.*|handle_mm_fault|do_user_addr_fault|schedule|__schedule|try_to_wake_up|_raw_spin_.*|ktime_get.*)$/,
  /^(ksys_read|ksys_write|new_sync_read|new_sync_write|vfs_readv|vfs_writev|__fget_light|__fdget|fget|dput|path_lookupat|link_path_walk|sock_sendmsg|sock_recvmsg)$/,
  /^(__free_pages|clear_page.*|copy_page.*|_copy_(from|to)_user|strncpy_from_user|mutex_(un)?lock|(down|up)_read|tcp_ack.*|tcp_write_xmit|__tcp_transmit_skb|dev_hard_start_xmit|sk_data_ready)$/,
  /^security_(task_getpgid|cred_getsecid|current_getsecid.*)$/,
  /^(cap_capable|__cgroup_bpf_run_filter_skb|override_creds|revert_creds|sk_free|__sk_free)$/,
  /^sys_(nanosleep|clock_nanosleep|sched_yield|gettid|getpid)$/,
  /^(filemap|mmap_lock|lock)\//,
  /^(tcp\/tcp_probe|mm_page_alloc.*)$/,
  /:(malloc|calloc|realloc|free)$/,
];

const WARM: readonly RegExp[] = [
  /^loader$/,
  /^syscalls\//,
  /^sched\//,
  /^sys_(execve|execveat|clone|clone3|fork|vfork|exit_group|connect|accept|accept4|socket|bind|stat|access|unlinkat|renameat2?|mkdirat|symlinkat|linkat|kill|prctl)$/,
  /^security_(bprm_.*|mmap_file|file_mprotect|socket_connect|path_.*|inode_.*|task_.*)$/,
  /^(tcp_set_state|tcp_create_openreq_child|sk_alloc|tty_write)$/,
  /^sys_dup[23]?$/,
  /^(tcp_connect|tcp_close|inet_csk_accept|do_sys_openat2|do_exit|wake_up_new_task|commit_creds)$/,
];

/** The same function in any spelling of the ABI costs the same. */
export function heatOf({ call, also = call }: Pick<NormalHook, 'call' | 'also'>): Heat {
  const isOne = (pattern: RegExp) => pattern.test(call) || pattern.test(also);
  if (HOT.some(isOne)) return 'hot';
  return WARM.some(isOne) ? 'warm' : 'cold';
}

/** Instructions an empty program adds to each hooked call, by the first word of a mechanism. */
const INSTRUCTIONS: readonly (readonly [RegExp, number])[] = [
  [/\blsm\b|\bfmod_ret\b/, 128],
  [/\bfexit\b/, 122],
  [/\bfentry\b/, 103],
  [/raw_tracepoint|\braw_tp\b|sys_enter|sys_exit/, 104],
  [/kprobe[._]multi/, 158],
  [/\bkprobe\b|override_return/, 298],
  [/\btracepoint\b/, 408],
];
/**
 * Of hooks on programs, each of which stops the program: at a marker, a no-operation; at the first instruction of a function,
 * where that is one that the kernel can do by itself (`push`; one it has to let run alone takes 600 more); and at the return.
 * Their mechanisms are known by the beginning: what stands behind it is a path, in which anything may stand.
 */
const ON_PROGRAMS: readonly (readonly [RegExp, number])[] = [
  [/^usdt\b/, 1275],
  [/^uprobe\b/, 1380],
  [/^uretprobe\b/, 2600],
];
/** A raw tracepoint on system calls is passed by every one of them. */
const EVERY_SYSCALL = /sys_enter|sys_exit|raw_syscalls/;

export interface Cost {
  /** per hooked call, of the empty programs the mechanism takes */
  instructions: number;
  /** per every other system call of the host */
  elsewhere: number;
}

/** What the named mechanism costs; a mechanism of several programs costs their sum. */
export function costOf(mechanism: string): Cost {
  const [, onProgram] = ON_PROGRAMS.find(([pattern]) => pattern.test(mechanism)) ?? [];
  if (onProgram !== undefined) return { instructions: onProgram, elsewhere: 0 };
  const parts = mechanism.split('+').map((part) => part.trim());
  const instructions = parts.reduce(
    (sum, part) => sum + (INSTRUCTIONS.find(([pattern]) => pattern.test(part))?.[1] ?? 0),
    0,
  );
  const elsewhere = parts.filter((part) => EVERY_SYSCALL.test(part)).length * 104;
  return { instructions, elsewhere };
}
