// SPDX-License-Identifier: Apache-2.0
/**
 * What the runtime has put into the kernel, on disk: read at start to adopt pinned programs instead of doubling them.
 * Pins vanish with a reboot, so an entry counts only while its pins are there.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../errors.ts';
import type { LoadedPolicy } from './loaded-policy.ts';
import { writeWhole } from './whole-file.ts';

function isEntry(value: unknown): value is LoadedPolicy {
  const { key, slot, generation, hooks, pins } = (value ?? {}) as Partial<LoadedPolicy>;
  const numbered = Number.isInteger(slot) && Number.isInteger(generation);
  return typeof key === 'string' && numbered && Array.isArray(hooks) && Array.isArray(pins);
}

export class Ledger {
  readonly #file: string;
  readonly #bpffs: string;

  constructor(stateDir: string, bpffs: string) {
    this.#file = join(stateDir, 'loaded.json');
    this.#bpffs = bpffs;
  }

  /** The policies whose pins are all there. Throws Fault `config` when the file is there and cannot be understood. */
  read(): LoadedPolicy[] {
    if (!existsSync(this.#file)) return [];
    return this.#all().filter((p) => p.pins.every((pin) => existsSync(join(this.#bpffs, pin))));
  }

  #all(): LoadedPolicy[] {
    const what = `${this.#file} does not say what is loaded; all that is pinned stays in force. Restore the file, or remove it to unload everything at the next start`;
    try {
      const all: unknown = JSON.parse(readFileSync(this.#file, 'utf8'));
      if (Array.isArray(all) && all.every(isEntry)) return all;
    } catch (cause) {
      throw new Fault('config', what, { cause });
    }
    throw new Fault('config', what);
  }

  write(policies: Iterable<LoadedPolicy>): void {
    writeWhole(this.#file, JSON.stringify([...policies], null, 1));
  }
}
