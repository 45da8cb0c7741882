// SPDX-License-Identifier: Apache-2.0
/**
 * The cgroups of pods and containers of this host, by the names that the kubelet and runtimes give them. The outermost of each
 * counts: what lies below was made inside, and says nothing about whose it is. A name counts in a folder of root's only.
 */
import { type BigIntStats, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../../errors.ts';
import { containerIdOf, podUidOf } from '../../kernel/container-id.ts';

export interface CgroupRoot {
  path: string;
  /** a hierarchy of version 1 */
  isFirst: boolean;
}

export interface FoundCgroup {
  /** as the kernel's programs know it */
  key: bigint;
  podUid?: string;
  containerId?: string;
}

/** As in bpf/include/layout.h. */
const FIRST_VERSION = 1n << 63n;
/** No runtime nests them deeper, and the programs look no further either. */
const DEPTH_MAX = 12;
const OTHERS_WRITE = 0o022n;

/** Where the hierarchies are mounted whole: the one of version 2, and that of the `pids` controller. */
export function cgroupRoots(mountinfo = readFileSync('/proc/self/mountinfo', 'utf8')): CgroupRoot[] {
  const roots: CgroupRoot[] = [];
  for (const line of mountinfo.split('\n')) {
    const [mount = '', rest = ''] = line.split(' - ');
    const [, , , top, path = ''] = mount.split(' ');
    const [type, , options = ''] = rest.split(' ');
    const isFirst = type === 'cgroup';
    if (top !== '/' || (!isFirst && type !== 'cgroup2')) continue;
    if (isFirst && !options.split(',').includes('pids')) continue;
    if (!roots.some((root) => root.isFirst === isFirst)) roots.push({ path, isFirst });
  }
  if (roots.length > 0) return roots;
  const what = 'no hierarchy of cgroups is mounted whole here, so which containers run is not seen';
  throw new Fault('config', `${what}: give the agent the host's /sys/fs/cgroup and cgroup namespace`);
}

export function cgroupsBelow(roots: readonly CgroupRoot[]): FoundCgroup[] {
  return roots.flatMap(({ path, isFirst }) =>
    [...foundIn(path, 0)].map((found) => (isFirst ? { ...found, key: found.key | FIRST_VERSION } : found)),
  );
}

function* foundIn(folder: string, depth: number, podUid?: string): Generator<FoundCgroup> {
  if (depth > DEPTH_MAX || !isRoots(statOf(folder))) return;
  for (const name of foldersIn(folder)) {
    const path = join(folder, name);
    const containerId = containerIdOf(name);
    const uid = podUid ?? podUidOf(name);
    const isNewPod = podUid === undefined && uid !== undefined;
    const stat = containerId !== undefined || isNewPod ? statOf(path) : undefined;
    if (stat)
      yield {
        key: stat.ino,
        ...(uid !== undefined && { podUid: uid }),
        ...(containerId !== undefined && { containerId }),
      };
    if (containerId === undefined) yield* foundIn(path, depth + 1, uid);
  }
}

function foldersIn(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name);
  } catch (thrown) {
    return goneMeanwhile(thrown, []);
  }
}

function statOf(path: string): BigIntStats | undefined {
  try {
    return statSync(path, { bigint: true });
  } catch (thrown) {
    return goneMeanwhile(thrown, undefined);
  }
}

/** What cannot be looked at is not gone: then nobody is told anything. */
function goneMeanwhile<T>(thrown: unknown, none: T): T {
  if (['ENOENT', 'ENODEV'].includes((thrown as NodeJS.ErrnoException).code ?? '')) return none;
  throw thrown;
}

function isRoots(stat: BigIntStats | undefined): boolean {
  return stat !== undefined && stat.uid === 0n && (stat.mode & OTHERS_WRITE) === 0n;
}
