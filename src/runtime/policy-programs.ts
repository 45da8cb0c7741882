// SPDX-License-Identifier: Apache-2.0
/** A policy's copies: loaded, and attached each by itself or, where many hook the same function, together with others. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Fault } from '../errors.ts';
import { scopeKey } from '../model/workloads.ts';
import { encodeHookConfig } from '../plan/encode.ts';
import type { Plan, ProgramPlan } from '../plan/plan.ts';
import { ATTACH } from './attach.ts';
import { Crowds } from './crowds.ts';
import type { LinkPins } from './drift.ts';
import type { LoadedHook, LoadedPolicy } from './loaded-policy.ts';
import { kernelReason, type Native } from './native.ts';
import type { Templates } from './templates.ts';

export interface PolicyProgramsDeps {
  native: Native;
  templates: Templates;
  links: LinkPins;
  crowds: Crowds;
  bpffs: string;
  policies(): Iterable<LoadedPolicy>;
  /** the agent bounds what a cgroup may tell */
  cgroupThrottled: boolean;
}

const LIMIT_SEED_BYTES = 16;

interface Copy {
  program: ProgramPlan;
  config: Buffer;
}

interface Loaded extends Copy {
  fd: number;
}

export class PolicyPrograms {
  readonly #deps: PolicyProgramsDeps;

  constructor(deps: PolicyProgramsDeps) {
    this.#deps = deps;
  }

  /** Loads and attaches all, and notes on the policy where. Throws Fault `kernel`; nothing of it is then attached. */
  put(plan: Plan, policy: LoadedPolicy): void {
    const { alone, joint } = this.#sorted(copiesOf(plan, policy, this.#deps.cgroupThrottled));
    const loaded = this.#load(alone);
    policy.pins = this.#attach(loaded, policy);
    policy.alone = alone.map(({ program }) => program.target);
    try {
      for (const { program, config } of joint)
        this.#deps.crowds.join(program, {
          ...{ key: policy.key, generation: policy.generation, policySlot: policy.slot },
          config,
        });
    } catch (thrown) {
      this.remove(policy);
      throw thrown;
    }
    if (joint.length > 0) policy.joint = joint.length;
    this.#deps.links.learn(policy.pins);
  }

  remove({ pins, key, generation }: LoadedPolicy): void {
    this.#deps.links.drop(pins);
    this.#deps.crowds.leave(key, generation);
  }

  #sorted(copies: Copy[]): { alone: Copy[]; joint: Copy[] } {
    const counts = new Map<string, number>();
    const add = (target: string) => counts.set(target, (counts.get(target) ?? 0) + 1);
    for (const { alone } of this.#deps.policies()) for (const target of alone ?? []) add(target);
    const sorted = { alone: [] as Copy[], joint: [] as Copy[] };
    for (const copy of copies) {
      if (Crowds.takes(copy.program, counts.get(copy.program.target) ?? 0)) sorted.joint.push(copy);
      else {
        sorted.alone.push(copy);
        add(copy.program.target);
      }
    }
    return sorted;
  }

  #load(copies: Copy[]): Loaded[] {
    const loaded: Loaded[] = [];
    try {
      for (const copy of copies) {
        const { template, btfId } = copy.program;
        const name = `tg_${template}`.slice(0, 15);
        loaded.push({ ...copy, fd: this.#deps.templates.copy(template, copy.config, btfId, name) });
      }
      return loaded;
    } catch (thrown) {
      for (const { fd } of loaded) this.#deps.native.closeFd(fd);
      throw thrown;
    }
  }

  #attach(programs: Loaded[], policy: LoadedPolicy): string[] {
    const { native, bpffs, links } = this.#deps;
    const attached: { fd: number; pin: string }[] = [];
    let on = '';
    try {
      programs.forEach(({ program, fd }, i) => {
        on = `${program.template} on ${program.target}`;
        const link = ATTACH[program.template](native, fd, program);
        const pin = `link-${policy.slot}-${policy.generation}-${i}`;
        attached.push({ fd: link, pin });
        native.pin(link, join(bpffs, pin));
      });
    } catch (thrown) {
      links.drop(attached.map((a) => a.pin));
      throw new Fault('kernel', `${on}: ${kernelReason(thrown)}`, { cause: thrown });
    } finally {
      for (const { fd } of attached) native.closeFd(fd); // the pin holds the link, the link the program
      for (const { fd } of programs) native.closeFd(fd);
    }
    return attached.map((a) => a.pin);
  }
}

function copiesOf(plan: Plan, policy: LoadedPolicy, cgroupThrottled: boolean): Copy[] {
  const scopes = new Map((policy.scopes ?? []).map(({ number, scope }) => [scopeKey(scope), number]));
  return plan.hooks.flatMap((hook, i) => {
    const ids = {
      hookId: (policy.hooks[i] as LoadedHook).hookId,
      policySlot: policy.slot,
      limitSeed: randomBytes(LIMIT_SEED_BYTES),
      generation: policy.generation,
      cgroupThrottled,
      ...(policy.sockGroup !== undefined && { sockGroup: policy.sockGroup }),
      scopes,
    };
    return hook.programs.map((program) => ({ program, config: encodeHookConfig(program.config, ids) }));
  });
}
