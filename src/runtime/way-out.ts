// SPDX-License-Identifier: Apache-2.0
/** tracegate-off: the program that suspends everything when nothing else can run. */
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../errors.ts';

/** Where the host's administrator finds it, beside the agent's own executable: root's, so nobody else can become it. */
export function wayOutIn(agentDir: string): string {
  return join(agentDir, 'bin', 'tracegate-off');
}

/** Puts the built program there; undefined where it was not built. */
export function placeWayOut(root: string, agentDir: string): string | undefined {
  const built = join(root, 'build/tracegate-off');
  if (!existsSync(built)) return undefined;
  const placed = wayOutIn(agentDir);
  if (existsSync(placed) && readFileSync(placed).equals(readFileSync(built))) return placed;
  mkdirSync(join(agentDir, 'bin'), { recursive: true, mode: 0o755 });
  copyFileSync(built, `${placed}.new`);
  chmodSync(`${placed}.new`, 0o755);
  renameSync(`${placed}.new`, placed);
  return placed;
}

/** No policy may keep it from its work: it runs the registering program, which it is handed as descriptor 3. */
export function registerWayOut(file: string, programFd: number): void {
  const { status, stderr, error } = spawnSync(file, ['--register'], {
    stdio: ['ignore', 'ignore', 'pipe', programFd],
    encoding: 'utf8',
  });
  if (status === 0) return;
  const why = error?.message ?? stderr.trim();
  throw new Fault('kernel', `${file} could not be put among the protected programs: ${why}`);
}
