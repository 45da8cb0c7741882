// SPDX-License-Identifier: Apache-2.0
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import type { Native } from './native.ts';

const MOUNT = '/sys/fs/bpf';

function mounted(type: string, at: string): boolean {
  return readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .some((line) => {
      const [, where, kind] = line.split(' ');
      return where === at && kind === type;
    });
}

/** Our folder on the BPF file system, mounting that where the host has not. */
export function openBpffs(native: Native, dir: string): string {
  if (dir.startsWith(`${MOUNT}/`) && !mounted('bpf', MOUNT)) native.mountBpffs(MOUNT);
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  return dir;
}

/** Mounts tracefs where nobody has: tracepoints are described and numbered there. */
export function openTracefs(native: Native): void {
  const at = '/sys/kernel/tracing';
  if (existsSync(at) && !mounted('tracefs', at)) native.mountTracefs(at);
}
