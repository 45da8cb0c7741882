// SPDX-License-Identifier: Apache-2.0
/**
 * What the runtime has put into the kernel, on disk: read at start to adopt pinned programs instead of doubling them.
 * Pins vanish with a reboot, so an entry counts only while its pins are there.
 */
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { LoadedPolicy } from './loaded-policy.ts';

export class Ledger {
  readonly #file: string;
  readonly #bpffs: string;

  constructor(stateDir: string, bpffs: string) {
    this.#file = join(stateDir, 'loaded.json');
    this.#bpffs = bpffs;
  }

  /** The policies whose pins are all there. */
  read(): LoadedPolicy[] {
    if (!existsSync(this.#file)) return [];
    const all = JSON.parse(readFileSync(this.#file, 'utf8')) as LoadedPolicy[];
    return all.filter((p) => p.pins.every((pin) => existsSync(join(this.#bpffs, pin))));
  }

  write(policies: Iterable<LoadedPolicy>): void {
    const draft = `${this.#file}.new`;
    const fd = openSync(draft, 'w', 0o600);
    writeSync(fd, JSON.stringify([...policies], null, 1));
    fsyncSync(fd);
    closeSync(fd);
    renameSync(draft, this.#file);
  }
}
