// SPDX-License-Identifier: Apache-2.0
/** The families of syscalls on a path, as test/kernel/families.c calls them, and policies on each. */
import { labProgram, run } from './runtime-fixture.ts';

export const FORBIDDEN = '/dev/shm/tg-race/forbid0';
const FORBIDDEN_ADDRESS = '127.0.0.9';

export interface Family {
  /** the name families.c knows it by */
  name: string;
  /** syscalls a policy may name, with the types of their arguments and the position of the path */
  syscalls: { call: string; types: string[]; path: number }[];
  /** the errno of the forbidden call where what it needs is missing; undefined: nothing can be missing */
  failsWith: string | undefined;
  /** where a try is dear */
  tries?: number;
}

const AT = ['int', 'string'];
const TWO = [...AT, ...AT];
const MISSING = '2';
const EPERM = '1';
const PEER = ['int', 'sockaddr', 'int'];

// biome-ignore format: a table is read in rows
export const FAMILIES: readonly Family[] = [
  { name: 'unlink', failsWith: MISSING, syscalls: [{ call: 'sys_unlinkat', types: [...AT, 'int'], path: 1 }, { call: 'sys_unlink', types: ['string'], path: 0 }] },
  { name: 'rmdir', failsWith: MISSING, syscalls: [{ call: 'sys_unlinkat', types: [...AT, 'int'], path: 1 }, { call: 'sys_rmdir', types: ['string'], path: 0 }] },
  { name: 'mkdir', failsWith: MISSING, syscalls: [{ call: 'sys_mkdirat', types: [...AT, 'int'], path: 1 }, { call: 'sys_mkdir', types: ['string', 'int'], path: 0 }] },
  { name: 'link-old', failsWith: MISSING, syscalls: [{ call: 'sys_linkat', types: [...TWO, 'int'], path: 1 }, { call: 'sys_link', types: ['string', 'string'], path: 0 }] },
  { name: 'link-new', failsWith: MISSING, syscalls: [{ call: 'sys_linkat', types: [...TWO, 'int'], path: 3 }, { call: 'sys_link', types: ['string', 'string'], path: 1 }] },
  { name: 'rename-from', failsWith: MISSING, syscalls: [{ call: 'sys_renameat2', types: [...TWO, 'int'], path: 1 }, { call: 'sys_renameat', types: TWO, path: 1 }, { call: 'sys_rename', types: ['string', 'string'], path: 0 }] },
  { name: 'rename-to', failsWith: MISSING, syscalls: [{ call: 'sys_renameat2', types: [...TWO, 'int'], path: 3 }, { call: 'sys_renameat', types: TWO, path: 3 }, { call: 'sys_rename', types: ['string', 'string'], path: 1 }] },
  { name: 'exchange', failsWith: MISSING, syscalls: [{ call: 'sys_renameat2', types: [...TWO, 'int'], path: 1 }] },
  { name: 'open', failsWith: EPERM, syscalls: [{ call: 'sys_openat', types: [...AT, 'int', 'int'], path: 1 }, { call: 'sys_open', types: ['string', 'int'], path: 0 }, { call: 'sys_openat2', types: AT, path: 1 }] },
  { name: 'create', failsWith: EPERM, syscalls: [{ call: 'sys_openat', types: [...AT, 'int', 'int'], path: 1 }, { call: 'sys_creat', types: ['string', 'int'], path: 0 }] },
  { name: 'mknod', failsWith: MISSING, syscalls: [{ call: 'sys_mknodat', types: [...AT, 'int', 'int'], path: 1 }, { call: 'sys_mknod', types: ['string', 'int', 'int'], path: 0 }] },
  { name: 'chmod', failsWith: MISSING, syscalls: [{ call: 'sys_fchmodat', types: [...AT, 'int'], path: 1 }, { call: 'sys_chmod', types: ['string', 'int'], path: 0 }] },
  { name: 'chown', failsWith: MISSING, syscalls: [{ call: 'sys_fchownat', types: [...AT, 'int', 'int'], path: 1 }, { call: 'sys_chown', types: ['string', 'int', 'int'], path: 0 }] },
  { name: 'truncate', failsWith: MISSING, syscalls: [{ call: 'sys_truncate', types: ['string', 'int64'], path: 0 }] },
  { name: 'setxattr', failsWith: MISSING, syscalls: [{ call: 'sys_setxattr', types: ['string', 'string'], path: 0 }] },
  { name: 'umount', failsWith: MISSING, syscalls: [{ call: 'sys_umount', types: ['string', 'int'], path: 0 }] },
  { name: 'mount', failsWith: undefined, syscalls: [{ call: 'sys_mount', types: ['string', 'string', 'string', 'uint64'], path: 0 }] },
  { name: 'execve', failsWith: MISSING, tries: 200, syscalls: [{ call: 'sys_execve', types: ['string'], path: 0 }, { call: 'sys_execveat', types: AT, path: 1 }] },
  { name: 'connect', failsWith: undefined, syscalls: [{ call: 'sys_connect', types: PEER, path: 1 }] },
  { name: 'bind', failsWith: undefined, syscalls: [{ call: 'sys_bind', types: PEER, path: 1 }] },
  { name: 'sendto', failsWith: undefined, syscalls: [{ call: 'sys_sendto', types: ['int', 'nop', 'size_t', 'int', 'sockaddr'], path: 4 }] },
];

export interface Match {
  index: number;
  operator: string;
  values: string[];
}

export function pathPolicy(
  { call, types, path }: Family['syscalls'][number],
  parts: { name?: string; action?: string; match?: Match[]; silent?: boolean } = {},
): string {
  const means =
    types[path] === 'sockaddr'
      ? { operator: 'SAddr', values: [FORBIDDEN_ADDRESS] }
      : { operator: 'Equal', values: [FORBIDDEN] };
  const matches = parts.match ?? [{ index: path, ...means }];
  const hook = {
    call,
    syscall: true,
    args: types.map((type, index) => ({ index, type })),
    selectors: [
      {
        matchArgs: matches,
        matchActions: [
          parts.action === undefined || parts.action === 'Override'
            ? { action: 'Override', argError: -1 }
            : { action: parts.action },
          ...(parts.silent ? [{ action: 'NoPost' }] : []),
        ],
      },
    ],
  };
  // JSON is YAML too
  return JSON.stringify({
    apiVersion: 'cilium.io/v1alpha1',
    kind: 'TracingPolicy',
    metadata: { name: parts.name ?? 'family' },
    spec: { kprobes: [hook] },
  });
}

/** What the program prints, line by line, word by word. */
export function callFamily(way: string, family: string, ...more: string[]): string[][] {
  const { out } = run(labProgram('families'), [way, family, ...more]);
  return out.split('\n').map((line) => line.split(' '));
}

/** Two threads: how often the forbidden call was refused, and which effects were found. */
export function raceFamily(
  family: string,
  tries: number,
): { denied: number; forbidden: number; harmless: number } {
  const [[, denied, forbidden, harmless] = []] = callFamily('race', family, String(tries));
  return { denied: Number(denied), forbidden: Number(forbidden), harmless: Number(harmless) };
}
