// SPDX-License-Identifier: Apache-2.0
/** The families of syscalls on a path, as test/kernel/families.c calls them, and policies on each. */
import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { PLACE, ROOT, run } from './runtime-fixture.ts';

export const FORBIDDEN = '/dev/shm/tg-race/forbid0';

export interface Family {
  /** the name families.c knows it by */
  name: string;
  /** syscalls a policy may name, with the types of their arguments and the position of the path */
  syscalls: { call: string; types: string[]; path: number }[];
}

const AT = ['int', 'string'];
const TWO = [...AT, ...AT];

// biome-ignore format: a table is read in rows
export const FAMILIES: readonly Family[] = [
  { name: 'unlink', syscalls: [{ call: 'sys_unlinkat', types: [...AT, 'int'], path: 1 }, { call: 'sys_unlink', types: ['string'], path: 0 }] },
  { name: 'rmdir', syscalls: [{ call: 'sys_unlinkat', types: [...AT, 'int'], path: 1 }, { call: 'sys_rmdir', types: ['string'], path: 0 }] },
  { name: 'mkdir', syscalls: [{ call: 'sys_mkdirat', types: [...AT, 'int'], path: 1 }, { call: 'sys_mkdir', types: ['string', 'int'], path: 0 }] },
  { name: 'link-old', syscalls: [{ call: 'sys_linkat', types: [...TWO, 'int'], path: 1 }, { call: 'sys_link', types: ['string', 'string'], path: 0 }] },
  { name: 'link-new', syscalls: [{ call: 'sys_linkat', types: [...TWO, 'int'], path: 3 }, { call: 'sys_link', types: ['string', 'string'], path: 1 }] },
  { name: 'rename-from', syscalls: [{ call: 'sys_renameat2', types: [...TWO, 'int'], path: 1 }, { call: 'sys_renameat', types: TWO, path: 1 }, { call: 'sys_rename', types: ['string', 'string'], path: 0 }] },
  { name: 'rename-to', syscalls: [{ call: 'sys_renameat2', types: [...TWO, 'int'], path: 3 }, { call: 'sys_renameat', types: TWO, path: 3 }, { call: 'sys_rename', types: ['string', 'string'], path: 1 }] },
  { name: 'exchange', syscalls: [{ call: 'sys_renameat2', types: [...TWO, 'int'], path: 1 }] },
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
  const matches = parts.match ?? [{ index: path, operator: 'Equal', values: [FORBIDDEN] }];
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

/** test/kernel/families.c, compiled once a boot. */
function familiesProgram(): string {
  const program = join(PLACE, 'families');
  if (spawnSync(program, [], { stdio: 'ignore' }).status !== 2)
    execFileSync('gcc', ['-O2', '-static', '-pthread', '-o', program, join(ROOT, 'test/kernel/families.c')], {
      stdio: 'inherit',
    });
  return program;
}

/** What the program prints, line by line, word by word. */
export function callFamily(way: string, family: string, ...more: string[]): string[][] {
  const { out } = run(familiesProgram(), [way, family, ...more]);
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
