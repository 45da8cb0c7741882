// SPDX-License-Identifier: Apache-2.0
/** Names the kernel's headers give to numbers, in their order. */

// biome-ignore format: a table is read in rows
export const PROGRAM_TYPES = [
  'UNSPEC', 'SOCKET_FILTER', 'KPROBE', 'SCHED_CLS', 'SCHED_ACT', 'TRACEPOINT', 'XDP', 'PERF_EVENT', 'CGROUP_SKB', 'CGROUP_SOCK', 'LWT_IN',
  'LWT_OUT', 'LWT_XMIT', 'SOCK_OPS', 'SK_SKB', 'CGROUP_DEVICE', 'SK_MSG', 'RAW_TRACEPOINT', 'CGROUP_SOCK_ADDR', 'LWT_SEG6LOCAL', 'LIRC_MODE2',
  'SK_REUSEPORT', 'FLOW_DISSECTOR', 'CGROUP_SYSCTL', 'RAW_TRACEPOINT_WRITABLE', 'CGROUP_SOCKOPT', 'TRACING', 'STRUCT_OPS', 'EXT', 'LSM',
  'SK_LOOKUP', 'SYSCALL', 'NETFILTER',
];

// biome-ignore format: a table is read in rows
export const MAP_TYPES = [
  'UNSPEC', 'HASH', 'ARRAY', 'PROG_ARRAY', 'PERF_EVENT_ARRAY', 'PERCPU_HASH', 'PERCPU_ARRAY', 'STACK_TRACE', 'CGROUP_ARRAY', 'LRU_HASH',
  'LRU_PERCPU_HASH', 'LPM_TRIE', 'ARRAY_OF_MAPS', 'HASH_OF_MAPS', 'DEVMAP', 'SOCKMAP', 'CPUMAP', 'XSKMAP', 'SOCKHASH', 'CGROUP_STORAGE',
  'REUSEPORT_SOCKARRAY', 'PERCPU_CGROUP_STORAGE', 'QUEUE', 'STACK', 'SK_STORAGE', 'DEVMAP_HASH', 'STRUCT_OPS', 'RINGBUF', 'INODE_STORAGE',
  'TASK_STORAGE', 'BLOOM_FILTER', 'USER_RINGBUF', 'CGRP_STORAGE', 'ARENA',
];

// biome-ignore format: a table is read in rows
export const BPF_COMMANDS = [
  'MAP_CREATE', 'MAP_LOOKUP_ELEM', 'MAP_UPDATE_ELEM', 'MAP_DELETE_ELEM', 'MAP_GET_NEXT_KEY', 'PROG_LOAD', 'OBJ_PIN', 'OBJ_GET', 'PROG_ATTACH',
  'PROG_DETACH', 'PROG_TEST_RUN', 'PROG_GET_NEXT_ID', 'MAP_GET_NEXT_ID', 'PROG_GET_FD_BY_ID', 'MAP_GET_FD_BY_ID', 'OBJ_GET_INFO_BY_FD',
  'PROG_QUERY', 'RAW_TRACEPOINT_OPEN', 'BTF_LOAD', 'BTF_GET_FD_BY_ID', 'TASK_FD_QUERY', 'MAP_LOOKUP_AND_DELETE_ELEM', 'MAP_FREEZE',
  'BTF_GET_NEXT_ID', 'MAP_LOOKUP_BATCH', 'MAP_LOOKUP_AND_DELETE_BATCH', 'MAP_UPDATE_BATCH', 'MAP_DELETE_BATCH', 'LINK_CREATE', 'LINK_UPDATE',
  'LINK_GET_FD_BY_ID', 'LINK_GET_NEXT_ID', 'ENABLE_STATS', 'ITER_CREATE', 'LINK_DETACH', 'PROG_BIND_MAP', 'TOKEN_CREATE',
];

export const PERF_TYPES = ['HARDWARE', 'SOFTWARE', 'TRACEPOINT', 'HW_CACHE', 'RAW', 'BREAKPOINT', 'MAX'];

// biome-ignore format: a table is read in rows
export const SECURE_BITS = [
  'SecBitNoRoot', 'SecBitNoRootLocked', 'SecBitNoSetUidFixup', 'SecBitNoSetUidFixupLocked', 'SecBitKeepCaps', 'SecBitKeepCapsLocked',
  'SecBitNoCapAmbientRaise', 'SecBitNoCapAmbientRaiseLocked',
];

/** By bit; the others have no name in the events. */
export const TAINTS: ReadonlyMap<number, string> = new Map([
  [0, 'TAINT_PROPRIETARY_MODULE'],
  [1, 'TAINT_FORCED_MODULE'],
  [2, 'TAINT_FORCED_UNLOAD_MODULE'],
  [10, 'TAINT_STAGED_MODULE'],
  [12, 'TAINT_OUT_OF_TREE_MODULE'],
  [13, 'TAINT_UNSIGNED_MODULE'],
  [15, 'TAINT_KERNEL_LIVE_PATCH_MODULE'],
  [18, 'TAINT_TEST_MODULE'],
]);

export function nameOf(names: readonly string[], prefix: string, number: number): string {
  const name = names[number];
  return name === undefined ? String(number) : `${prefix}_${name}`;
}
