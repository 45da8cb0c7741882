// SPDX-License-Identifier: Apache-2.0
/**
 * Which policies of the gate's store came from the cluster, on disk: what was deleted there while nobody looked is
 * retired, and what people sent to the gate itself is never taken over.
 */
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { Fault } from '../../errors.ts';

export class OwnedPolicies {
  readonly #file: string;
  readonly #keys: Set<string>;

  /** Throws Fault `config` when the file is there and cannot be understood: guessing would retire or keep the wrong ones. */
  constructor(file: string) {
    this.#file = file;
    this.#keys = new Set(existsSync(file) ? keysIn(file) : []);
  }

  has(key: string): boolean {
    return this.#keys.has(key);
  }

  all(): string[] {
    return [...this.#keys].sort();
  }

  add(key: string): void {
    if (this.#keys.has(key)) return;
    this.#keys.add(key);
    this.#write();
  }

  delete(key: string): void {
    if (this.#keys.delete(key)) this.#write();
  }

  #write(): void {
    const draft = `${this.#file}.new`;
    const fd = openSync(draft, 'w', 0o600);
    try {
      writeSync(fd, `${JSON.stringify(this.all(), null, 1)}\n`);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(draft, this.#file);
  }
}

function keysIn(file: string): string[] {
  try {
    const keys: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (Array.isArray(keys) && keys.every((key) => typeof key === 'string')) return keys;
  } catch (cause) {
    throw new Fault('config', `${file} cannot be read: ${(cause as Error).message}`, { cause });
  }
  throw new Fault(
    'config',
    `${file} is no list of policies: remove it to take over only what is unchanged in the cluster`,
  );
}
