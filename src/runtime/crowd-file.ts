// SPDX-License-Identifier: Apache-2.0
/** The joint programs on disk, with what their copies are made of: joined and left again by an agent after this one. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { Fault } from '../errors.ts';
import type { Template } from '../plan/plan.ts';
import { writeWhole } from './whole-file.ts';

/** One copy in a joint program: of which policy, of which of its generations. */
export interface Member {
  key: string;
  generation: number;
  policySlot: number;
  config: Buffer;
}

export interface Crowd {
  template: Template;
  target: string;
  btfId: number;
  /** of the programs the copies are made of; those of another version are not joined by this one's */
  programs: string;
  slot: number;
  generation: number;
  pin: string;
  members: Member[];
}

/** `config`: deflated, base64 */
type Stored = Omit<Crowd, 'members'> & { members: (Omit<Member, 'config'> & { config: string })[] };

export const isOf =
  (key: string, generation: number) =>
  (member: Member): boolean =>
    member.key === key && member.generation === generation;

function isStored(value: unknown): value is Stored {
  const { slot, generation, pin, members } = (value ?? {}) as Partial<Stored>;
  const numbered = Number.isInteger(slot) && Number.isInteger(generation);
  return numbered && typeof pin === 'string' && Array.isArray(members);
}

const packed = ({ members, ...crowd }: Crowd): Stored => ({
  ...crowd,
  members: members.map(({ config, ...member }) => ({
    ...member,
    config: deflateRawSync(config).toString('base64'),
  })),
});

const unpacked = ({ members, ...crowd }: Stored): Crowd => ({
  ...crowd,
  members: members.map(({ config, ...member }) => ({
    ...member,
    config: inflateRawSync(Buffer.from(config, 'base64')),
  })),
});

export class CrowdFile {
  readonly #file: string;

  constructor(stateDir: string) {
    this.#file = join(stateDir, 'joint.json');
  }

  /** Throws Fault `config` when the file is there and cannot be understood. */
  read(): Crowd[] {
    if (!existsSync(this.#file)) return [];
    const what = `${this.#file} does not say what is loaded together; all that is pinned stays in force. Restore the file, or remove it to unload that at the next start`;
    try {
      const all: unknown = JSON.parse(readFileSync(this.#file, 'utf8'));
      if (Array.isArray(all) && all.every(isStored)) return all.map(unpacked);
    } catch (cause) {
      throw new Fault('config', what, { cause });
    }
    throw new Fault('config', what);
  }

  write(crowds: readonly Crowd[]): void {
    if (crowds.length > 0 || existsSync(this.#file))
      writeWhole(this.#file, JSON.stringify(crowds.map(packed)));
  }
}
