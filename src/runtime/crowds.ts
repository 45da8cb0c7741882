// SPDX-License-Identifier: Apache-2.0
/**
 * Kernel functions that many policies hook. A function takes 38 programs (BPF_MAX_TRAMP_LINKS), so from some number on what
 * is hooked to one comes together: one program that calls a copy for each. When one comes or goes, a new joint program is
 * attached beside the old one: both deny, and one write to a slot says which of the two posts and kills.
 */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../errors.ts';
import type { ProgramPlan } from '../plan/plan.ts';
import { ATTACH } from './attach.ts';
import { type Crowd, type CrowdFile, isOf, type Member } from './crowd-file.ts';
import type { LoadedPolicy } from './loaded-policy.ts';
import { kernelReason, type Native } from './native.ts';
import type { Control } from './shared-maps.ts';
import type { Templates } from './templates.ts';

export type Hooked = Pick<ProgramPlan, 'template' | 'target' | 'btfId'>;

export interface CrowdDeps {
  native: Native;
  templates: Templates;
  bpffs: string;
  /** which programs this version loads */
  programs: string;
  file: CrowdFile;
  freeSlot(): number;
  setControl(slot: number, control: Control): void;
  /** what stands in a slot, in words, where it is not this */
  otherControl(slot: number, control: Control): string | undefined;
  learn(pins: string[]): void;
}

/** What was found of a joint program; `keys`: whose copies could not be put back. */
export interface CrowdDrift {
  kind: 'link-gone' | 'control-changed';
  what: string;
  keys: string[];
}

/** Copies attached alone to one function, and joint programs on it; the rest of what it takes is left to updates and to others. */
const ALONE_MAX = 16;
const JOINT_MAX = 12;
/** So many there may be beside those of an earlier version. */
const JOINT_LEAST = 4;
const TRAMPOLINED: readonly string[] = ['fentry', 'fexit', 'fmod_ret', 'lsm', 'walk'];

const controlOf = ({ generation }: Pick<Crowd, 'generation'>): Control => ({
  mode: 'enforce',
  killPerMinute: 0,
  generationPosting: generation,
  generationPast: 0,
});

export class Crowds {
  readonly #deps: CrowdDeps;
  #crowds: Crowd[];

  /** Takes up the joint programs that are still pinned. */
  constructor(deps: CrowdDeps) {
    this.#deps = deps;
    this.#crowds = deps.file.read().filter(({ pin }) => existsSync(join(deps.bpffs, pin)));
    for (const crowd of this.#crowds) deps.setControl(crowd.slot, controlOf(crowd));
    deps.learn(this.pins());
  }

  pins(): string[] {
    return this.#crowds.map(({ pin }) => pin);
  }

  /** Slots that are taken: their own, and those of policies whose copies could not be taken out yet. */
  slots(): number[] {
    return this.#crowds.flatMap(({ slot, members }) => [slot, ...members.map((m) => m.policySlot)]);
  }

  /** Whether a further copy on this function is to join the others: `alone` are attached to it by themselves. */
  static takes({ template }: Hooked, alone: number): boolean {
    return TRAMPOLINED.includes(template) && alone >= ALONE_MAX;
  }

  /** How many copies of a generation are in joint programs. */
  countOf(key: string, generation: number): number {
    return this.#crowds.flatMap(({ members }) => members).filter(isOf(key, generation)).length;
  }

  /** Lets a copy act beside those that are there. Throws Fault `kernel`; all is then as it was. */
  join(hooked: Hooked, member: Member): void {
    const crowd = this.#crowdFor(hooked);
    this.#rebuild(crowd, [...crowd.members, member]);
  }

  /** The smallest: whenever one comes or goes, the kernel looks at all of its program anew. */
  #crowdFor({ template, target, btfId }: Hooked): Crowd {
    const { programs, freeSlot } = this.#deps;
    const onTarget = this.#crowds.filter((c) => c.target === target);
    const own = onTarget.filter((c) => c.programs === programs);
    const most = Math.max(JOINT_LEAST, JOINT_MAX - (onTarget.length - own.length));
    const alike = own.filter((c) => c.template === template);
    const smallest = alike.sort((a, b) => a.members.length - b.members.length)[0];
    if (smallest && own.length >= most) return smallest;
    return { template, target, btfId, programs, slot: freeSlot(), generation: 0, pin: '', members: [] };
  }

  /**
   * Takes a policy's copies out. What cannot be taken out now is tried again by `dropStray`: until then a copy of a policy
   * that is off does nothing, and one of an older generation denies until its takeover is over.
   */
  leave(key: string, generation: number): void {
    const leaves = isOf(key, generation);
    for (const crowd of this.#crowds.filter(({ members }) => members.some(leaves)))
      this.#reduce(
        crowd,
        crowd.members.filter((m) => !leaves(m)),
      );
  }

  /** What another version joined stays until nobody of it is left. */
  #reduce(crowd: Crowd, members: Member[]): void {
    try {
      if (members.length === 0) this.#drop(crowd);
      else if (crowd.programs === this.#deps.programs) this.#rebuild(crowd, members);
    } catch {
      // the members stay, and are looked at again by dropStray; whoever asked has gone on without them
    }
  }

  /** Takes out the copies of policies and generations that are not in force. */
  dropStray(policies: readonly LoadedPolicy[]): void {
    const known = new Set(policies.map(({ key, generation }) => `${generation} ${key}`));
    const inForce = ({ key, generation }: Member) => known.has(`${generation} ${key}`);
    for (const crowd of this.#crowds.filter(({ members }) => !members.every(inForce)))
      this.#reduce(crowd, crowd.members.filter(inForce));
  }

  /** Nothing has changed unless all of it could be done. */
  #rebuild(crowd: Crowd, members: Member[]): void {
    const { native, templates, bpffs, file } = this.#deps;
    const generation = crowd.generation + 1;
    const next = { ...crowd, generation, members, pin: `link-joint-${crowd.slot}-${generation}` };
    const configs = members.map(({ config }) => config);
    const fd = templates.joint(crowd.template, configs, crowd.btfId, next);
    try {
      this.#attach(fd, next);
    } finally {
      native.closeFd(fd);
    }
    try {
      // written down before the old one goes: an agent that ends here is followed by one that knows the new one
      file.write([...this.#crowds.filter((c) => c !== crowd), next]);
    } catch (cause) {
      rmSync(join(bpffs, next.pin), { force: true });
      throw new Fault('kernel', `${crowd.template} on ${crowd.target}: ${kernelReason(cause)}`, { cause });
    }
    const before = crowd.pin;
    if (!this.#crowds.includes(crowd)) this.#crowds.push(crowd);
    Object.assign(crowd, next);
    this.#deps.learn([crowd.pin]);
    this.#deps.setControl(crowd.slot, controlOf(crowd));
    if (before !== '') rmSync(join(bpffs, before), { force: true });
  }

  #attach(fd: number, crowd: Crowd): void {
    const { native, bpffs } = this.#deps;
    const pin = join(bpffs, crowd.pin);
    let link: number | undefined;
    try {
      link = ATTACH[crowd.template](native, fd, crowd);
      rmSync(pin, { force: true }); // of an agent that ended before it had written this generation down
      native.pin(link, pin);
    } catch (cause) {
      throw new Fault('kernel', `${crowd.template} on ${crowd.target}: ${kernelReason(cause)}`, { cause });
    } finally {
      if (link !== undefined) native.closeFd(link); // the pin holds it
    }
  }

  #drop(crowd: Crowd): void {
    rmSync(join(this.#deps.bpffs, crowd.pin), { force: true });
    this.#crowds = this.#crowds.filter((c) => c !== crowd);
    this.#deps.file.write(this.#crowds);
  }

  /** Finds what somebody changed past the agent, and puts it right where it can. */
  repair(gone: (pin: string) => boolean): CrowdDrift[] {
    return this.#crowds.flatMap((crowd): CrowdDrift[] => {
      const changed = this.#deps.otherControl(crowd.slot, controlOf(crowd));
      if (changed !== undefined) this.#deps.setControl(crowd.slot, controlOf(crowd));
      const found: CrowdDrift[] =
        changed === undefined ? [] : [{ kind: 'control-changed', what: changed, keys: [] }];
      if (!gone(crowd.pin)) return found;
      return [...found, { kind: 'link-gone', what: crowd.pin, keys: this.#putBack(crowd) }];
    });
  }

  /** Whose copies are out of the kernel still: the policies have to be loaded anew. */
  #putBack(crowd: Crowd): string[] {
    try {
      if (crowd.programs === this.#deps.programs) {
        this.#rebuild(crowd, crowd.members);
        return [];
      }
      this.#drop(crowd);
    } catch (thrown) {
      if (!(thrown instanceof Fault)) throw thrown;
    }
    return [...new Set(crowd.members.map(({ key }) => key))];
  }

  /** Forgets those whose pins are not there. */
  forgetUnpinned(): void {
    this.#crowds = this.#crowds.filter(({ pin }) => existsSync(join(this.#deps.bpffs, pin)));
    this.#deps.file.write(this.#crowds);
  }
}
