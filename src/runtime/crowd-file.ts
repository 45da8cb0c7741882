// SPDX-License-Identifier: Apache-2.0
/** The joint programs on disk, with what their copies are made of: joined and left again by an agent after this one. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../errors.ts';
import type { Template } from '../plan/plan.ts';
import { writeWhole } from './whole-file.ts';

export interface StoredCrowd {
  template: Template;
  target: string;
  btfId: number;
  programs: string;
  slot: number;
  generation: number;
  pin: string;
  /** `config`: deflated, base64 */
  members: { key: string; generation: number; config: string }[];
}

function isCrowd(value: unknown): value is StoredCrowd {
  const { slot, generation, pin, members } = (value ?? {}) as Partial<StoredCrowd>;
  return (
    Number.isInteger(slot) &&
    Number.isInteger(generation) &&
    typeof pin === 'string' &&
    Array.isArray(members)
  );
}

export class CrowdFile {
  readonly #file: string;

  constructor(stateDir: string) {
    this.#file = join(stateDir, 'joint.json');
  }

  /** Throws Fault `config` when the file is there and cannot be understood. */
  read(): StoredCrowd[] {
    if (!existsSync(this.#file)) return [];
    const what = `${this.#file} does not say what is loaded together; all that is pinned stays in force. Restore the file, or remove it to unload that at the next start`;
    try {
      const all: unknown = JSON.parse(readFileSync(this.#file, 'utf8'));
      if (Array.isArray(all) && all.every(isCrowd)) return all;
    } catch (cause) {
      throw new Fault('config', what, { cause });
    }
    throw new Fault('config', what);
  }

  write(crowds: StoredCrowd[]): void {
    if (crowds.length > 0 || existsSync(this.#file)) writeWhole(this.#file, JSON.stringify(crowds));
  }
}
