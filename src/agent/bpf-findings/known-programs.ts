// SPDX-License-Identifier: Apache-2.0
/**
 * Which instructions a loader's programs were seen to have, by name and type. The kernel's tag of the same program differs from one
 * kernel to the next, so another kernel begins anew.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../../errors.ts';
import { writeWhole } from '../../runtime/whole-file.ts';

const PROGRAMS_MOST = 4096;
const TAGS_MOST = 8;

export interface Seen {
  path: string;
  digest: string;
  name: string;
  type: string;
  tag: string;
}

interface Known {
  /** the newest last */
  tags: string[];
  /** of the loader's file when it was last read */
  digest: string;
}

export class KnownPrograms {
  readonly #file: string;
  readonly #kernel: string;
  /** the one used longest ago first */
  readonly #known = new Map<string, Known>();
  #dirty = false;

  /** `kernel`: its release. Throws Fault `config` for a file that cannot be read. */
  constructor(stateDir: string, kernel: string) {
    this.#file = join(stateDir, 'bpf-programs.json');
    this.#kernel = kernel;
    if (!existsSync(this.#file)) return;
    try {
      const kept = JSON.parse(readFileSync(this.#file, 'utf8')) as {
        kernel: string;
        programs: [string, Known][];
      };
      if (kept.kernel === kernel) for (const [key, known] of kept.programs) this.#known.set(key, known);
    } catch (cause) {
      throw new Fault('config', `${this.#file} cannot be read: restore it, or remove it to begin anew`, {
        cause,
      });
    }
  }

  /** What was known before, and takes this in. */
  take({ path, digest, name, type, tag }: Seen): { before: string[]; sameLoader: boolean } {
    const key = [path, name, type].join('\n');
    const known = this.#known.get(key) ?? { tags: [], digest };
    const before = [...known.tags];
    const sameLoader = known.digest === digest || known.digest === '' || digest === '';
    const changed = !before.includes(tag) || (digest !== '' && known.digest !== digest);
    if (!before.includes(tag)) known.tags = [...before, tag].slice(-TAGS_MOST);
    if (digest !== '') known.digest = digest;
    this.#known.delete(key);
    this.#known.set(key, known);
    if (this.#known.size > PROGRAMS_MOST) this.#known.delete(this.#known.keys().next().value ?? '');
    this.#dirty ||= changed;
    return { before, sameLoader };
  }

  keep(): void {
    if (!this.#dirty) return;
    writeWhole(this.#file, JSON.stringify({ kernel: this.#kernel, programs: [...this.#known] }));
    this.#dirty = false;
  }
}
