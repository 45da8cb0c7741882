// SPDX-License-Identifier: Apache-2.0
/** Cgroups that a test makes, and programs it runs in them. */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './runtime-fixture.ts';

export const CGROUPS = '/sys/fs/cgroup';
const made = new Set<string>();

/** The cgroup of that name and those above it. */
export function cgroup(name: string, root = CGROUPS): string {
  let path = root;
  for (const part of name.split('/')) {
    path = join(path, part);
    mkdirSync(path, { recursive: true });
    made.add(path);
  }
  return path;
}

/** Those made below a folder, the innermost first. */
export function removeCgroups(root = CGROUPS): void {
  for (const path of [...made].filter((one) => one.startsWith(root)).reverse()) {
    run('rmdir', [path]);
    made.delete(path);
  }
}

/** What a command in a cgroup prints, and behind it `end` and its status, unless its shell was killed. */
export function inside(path: string, command: string): string {
  const script = `echo $$ > ${path}/cgroup.procs && echo entered || exit\n{ ${command}; } 2>&1\necho end $?`;
  const { out } = run('sh', ['-c', script]);
  assert.match(out, /^entered$/m, 'what is not in the cgroup proves nothing');
  return out;
}

export const succeeds = (path: string, command: string): boolean => {
  const out = inside(path, command);
  assert.match(out, /end \d+$/);
  return out.endsWith('end 0');
};
