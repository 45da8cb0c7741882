// SPDX-License-Identifier: Apache-2.0
/** The paths of cgroups by their ids, which are the inode numbers of their folders. Those that have gone stay known for a while. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { containerIdOf, podUidOf, shownId } from '../../kernel/container-id.ts';

const PATHS_MOST = 16_384;
/** A cgroup that a walk did not find is not looked for again at once. */
const ABSENT_MS = 1000;
const ABSENT_MOST = 1024;
/** After a walk, so many times as long as it took, there is none: it is dear where there are many cgroups, and a millisecond elsewhere. */
const REST_FACTOR = 10;
const REST_MOST_MS = 1000;

export interface CgroupPlace {
  cgroup: string;
  unit?: string;
  container?: string;
  podUid?: string;
}

function mountPoint(): string | undefined {
  const line = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .find((mount) => mount.split(' ')[2] === 'cgroup2');
  return line?.split(' ')[1];
}

export class CgroupPaths {
  readonly #paths = new Map<bigint, string>();
  readonly #root = mountPoint();
  readonly #absent = new Map<bigint, number>();
  #nextWalkMs = Number.NEGATIVE_INFINITY;

  of(id: bigint): string | undefined {
    const known = this.#paths.get(id);
    if (known !== undefined || this.#root === undefined) return known;
    const begun = performance.now();
    if (begun < this.#nextWalkMs || begun - (this.#absent.get(id) ?? Number.NEGATIVE_INFINITY) < ABSENT_MS)
      return undefined;
    this.#walk(this.#root, '/');
    const ended = performance.now();
    this.#nextWalkMs = ended + Math.min(REST_MOST_MS, (ended - begun) * REST_FACTOR);
    const found = this.#paths.get(id);
    if (found === undefined) this.#putAbsent(id, ended);
    return found;
  }

  #putAbsent(id: bigint, sinceMs: number): void {
    if (this.#absent.size >= ABSENT_MOST) this.#absent.clear();
    this.#absent.set(id, sinceMs);
  }

  #walk(folder: string, path: string): void {
    try {
      this.#put(statSync(folder, { bigint: true }).ino, path);
      for (const entry of readdirSync(folder, { withFileTypes: true }))
        if (entry.isDirectory()) this.#walk(join(folder, entry.name), join(path, entry.name));
    } catch {
      // it went while it was looked at
    }
  }

  #put(id: bigint, path: string): void {
    this.#paths.delete(id);
    this.#paths.set(id, path);
    const oldest = this.#paths.size > PATHS_MOST ? this.#paths.keys().next().value : undefined;
    if (oldest !== undefined) this.#paths.delete(oldest);
  }

  place(id: bigint): CgroupPlace | undefined {
    const cgroup = this.of(id);
    if (cgroup === undefined) return undefined;
    const names = cgroup.split('/').toReversed();
    const found = <T>(of: (name: string) => T | undefined) => names.map(of).find((it) => it !== undefined);
    const unit = names.find((name) => /\.(service|scope|socket|slice)$/.test(name));
    const container = found(containerIdOf);
    const podUid = found(podUidOf);
    return {
      cgroup,
      ...(unit !== undefined && { unit }),
      ...(container !== undefined && { container: shownId(container) }),
      ...(podUid !== undefined && { podUid }),
    };
  }
}
