// SPDX-License-Identifier: Apache-2.0
/**
 * Kernel functions that many policies hook. A function takes 38 programs (BPF_MAX_TRAMP_LINKS), so from some number on what
 * is hooked to one comes together: one program that calls a copy for each. When one comes or goes, a new joint program
 * is attached beside the old one, and one write to the slot that both ask says which of the two acts.
 */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { Fault } from '../errors.ts';
import type { ProgramPlan } from '../plan/plan.ts';
import { ATTACH } from './attach.ts';
import type { CrowdFile, StoredCrowd } from './crowd-file.ts';
import type { LoadedPolicy } from './loaded-policy.ts';
import { kernelReason, type Native } from './native.ts';
import type { Control } from './shared-maps.ts';
import type { Templates } from './templates.ts';

export type Hooked = Pick<ProgramPlan, 'template' | 'target' | 'btfId'>;

/** One copy in a joint program: of which policy, of which of its generations. */
export interface Member {
  key: string;
  generation: number;
  config: Buffer;
}

interface Crowd extends Hooked {
  /** of the programs the copies are made of; those of another version are not joined by this one's */
  programs: string;
  slot: number;
  generation: number;
  pin: string;
  members: Member[];
}

export interface CrowdDeps {
  native: Native;
  templates: Templates;
  bpffs: string;
  /** which programs this version loads */
  programs: string;
  file: CrowdFile;
  freeSlot(): number;
  setControl(slot: number, control: Control): void;
  learn(pins: string[]): void;
}

/** Copies attached alone to one function, and joint programs on it; the rest of what it takes is left to updates and to others. */
const ALONE_MAX = 16;
const JOINT_MAX = 12;
const TRAMPOLINED: readonly string[] = ['fentry', 'fexit', 'fmod_ret', 'lsm'];

const control = (generation: number): Control => ({
  mode: 'enforce',
  killPerMinute: 0,
  generationPosting: generation,
});

export class Crowds {
  readonly #deps: CrowdDeps;
  #crowds: Crowd[];

  /** Takes up the joint programs that are still pinned. */
  constructor(deps: CrowdDeps) {
    this.#deps = deps;
    this.#crowds = deps.file
      .read()
      .map(unpacked)
      .filter(({ pin }) => existsSync(join(deps.bpffs, pin)));
    for (const { slot, generation } of this.#crowds) deps.setControl(slot, control(generation));
    deps.learn(this.pins());
  }

  pins(): string[] {
    return this.#crowds.map(({ pin }) => pin);
  }

  slots(): number[] {
    return this.#crowds.map(({ slot }) => slot);
  }

  /** Whether a further copy on this function is to join the others: `alone` are attached to it by themselves. */
  static takes({ template }: Hooked, alone: number): boolean {
    return TRAMPOLINED.includes(template) && alone >= ALONE_MAX;
  }

  /** How many copies of a generation are in joint programs. */
  countOf(key: string, generation: number): number {
    return this.#crowds
      .flatMap(({ members }) => members)
      .filter((m) => m.key === key && m.generation === generation).length;
  }

  /** Lets a copy act beside those that are there. Throws Fault `kernel`; all is then as it was. */
  join(hooked: Hooked, member: Member): void {
    const onTarget = this.#crowds.filter(({ target }) => target === hooked.target);
    const alike = onTarget.filter(
      (c) => c.template === hooked.template && c.programs === this.#deps.programs,
    );
    const smallest = alike.sort((a, b) => a.members.length - b.members.length)[0];
    // small ones: whenever one comes or goes, the kernel looks at all of its program anew
    const crowd = smallest && onTarget.length >= JOINT_MAX ? smallest : this.#empty(hooked);
    this.#rebuild(crowd, [...crowd.members, member]);
  }

  #empty({ template, target, btfId }: Hooked): Crowd {
    const { programs, freeSlot } = this.#deps;
    return { template, target, btfId, programs, slot: freeSlot(), generation: 0, pin: '', members: [] };
  }

  /** Takes a policy's copies out: of one generation, or all. What another version joined stays until nobody is left in it. */
  leave(key: string, generation?: number): void {
    const leaves = (m: Member) => m.key === key && (generation === undefined || m.generation === generation);
    for (const crowd of this.#crowds.filter(({ members }) => members.some(leaves))) {
      const rest = crowd.members.filter((m) => !leaves(m));
      if (rest.length > 0 && crowd.programs === this.#deps.programs) this.#rebuild(crowd, rest);
      else crowd.members = rest;
      if (rest.length === 0) this.#drop(crowd);
    }
    this.#keep();
  }

  /** Takes out the copies of policies and generations that are not in force: an agent ended while it changed them. */
  dropStray(policies: readonly LoadedPolicy[]): void {
    const known = new Set(policies.map(({ key, generation }) => `${generation} ${key}`));
    for (const { key, generation } of this.#crowds.flatMap(({ members }) => members))
      if (!known.has(`${generation} ${key}`)) this.leave(key, generation);
  }

  #rebuild(crowd: Crowd, members: Member[]): void {
    const { native, templates, bpffs } = this.#deps;
    const generation = crowd.generation + 1;
    const { template, target, btfId, slot } = crowd;
    const configs = members.map(({ config }) => config);
    const fd = templates.joint(template, configs, btfId, { slot, generation });
    const pin = `link-joint-${slot}-${generation}`;
    try {
      const link = ATTACH[template](native, fd, { ...crowd, template });
      native.pin(link, join(bpffs, pin));
      native.closeFd(link);
    } catch (thrown) {
      throw new Fault('kernel', `${template} on ${target}: ${kernelReason(thrown)}`, { cause: thrown });
    } finally {
      native.closeFd(fd);
    }
    const before = crowd.pin;
    Object.assign(crowd, { generation, pin, members });
    if (!this.#crowds.includes(crowd)) this.#crowds.push(crowd);
    this.#deps.learn([pin]);
    // written down before the old one goes: an agent that ends here is followed by one that knows the new one
    this.#keep();
    this.#deps.setControl(slot, control(generation));
    if (before !== '') rmSync(join(bpffs, before), { force: true });
  }

  #drop(crowd: Crowd): void {
    this.#deps.setControl(crowd.slot, control(crowd.generation + 1)); // the kernel lets go in its own time
    rmSync(join(this.#deps.bpffs, crowd.pin), { force: true });
    this.#crowds = this.#crowds.filter((c) => c !== crowd);
  }

  /** Attaches again what somebody took out of the kernel; the pins that were gone. */
  repair(gone: (pin: string) => boolean): string[] {
    const lost = this.#crowds.filter(({ pin }) => gone(pin));
    const pins = lost.map(({ pin }) => pin);
    for (const crowd of lost) if (crowd.programs === this.#deps.programs) this.#rebuild(crowd, crowd.members);
    return pins;
  }

  /** Forgets those whose pins are not there. */
  forgetUnpinned(): void {
    this.#crowds = this.#crowds.filter(({ pin }) => existsSync(join(this.#deps.bpffs, pin)));
    this.#keep();
  }

  #keep(): void {
    this.#deps.file.write(this.#crowds.map(packed));
  }
}

const packed = ({ members, ...crowd }: Crowd): StoredCrowd => ({
  ...crowd,
  members: members.map(({ config, ...member }) => ({
    ...member,
    config: deflateRawSync(config).toString('base64'),
  })),
});

const unpacked = ({ members, ...crowd }: StoredCrowd): Crowd => ({
  ...crowd,
  members: members.map(({ config, ...member }) => ({
    ...member,
    config: inflateRawSync(Buffer.from(config, 'base64')),
  })),
});
