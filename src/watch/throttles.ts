// SPDX-License-Identifier: Apache-2.0
/**
 * Which cgroups tell more than they may. The kernel holds back and notes when; what it notes is looked at every second, so that
 * neither a full ring nor a cgroup that has fallen silent can swallow a beginning or an end.
 */
import type { TraceEvent } from '../model/event.ts';
import type { RateUse } from '../model/rate-use.ts';
import { TG_RATE_OF } from '../plan/layout.generated.ts';
import type { BootClock } from './boot-clock.ts';
import type { WatchedHook } from './hook-event.ts';

export interface ThrottlesOptions {
  nodeName: string;
  clock: BootClock;
  uses(): RateUse[];
  nowBootNs(): bigint;
  hookOf(hookId: number, generation: number): WatchedHook | undefined;
  onEvent(event: TraceEvent): void;
}

/** One time that a cgroup is over. */
interface Spell {
  use: RateUse;
  isOver: boolean;
}

export class Throttles {
  readonly #options: ThrottlesOptions;
  readonly #sinceNs: bigint;
  readonly #spells = new Map<string, Spell>();

  constructor(options: ThrottlesOptions) {
    this.#options = options;
    this.#sinceNs = options.nowBootNs();
  }

  /** Tells what has begun and what has ended since the last look. */
  look(): void {
    const nowNs = this.#options.nowBootNs();
    const seen = new Set<string>();
    for (const use of this.#options.uses()) {
      if (use.overSinceNs === 0n) continue;
      const key = `${use.cgroupId}/${use.of}/${use.generation}`;
      seen.add(key);
      this.#lookAt(key, use, nowNs);
    }
    for (const [key, spell] of this.#spells) {
      if (seen.has(key)) continue;
      this.#end(spell, nowNs); // the kernel forgot it, which was quiet the longest
      this.#spells.delete(key);
    }
  }

  #lookAt(key: string, use: RateUse, nowNs: bigint): void {
    let spell = this.#spells.get(key);
    if (spell?.use.overSinceNs !== use.overSinceNs) {
      if (spell) this.#end(spell, nowNs);
      spell = { use, isOver: use.overNs >= this.#sinceNs }; // an earlier one was told by the agent of its time
      this.#spells.set(key, spell);
      if (spell.isOver) this.#tell('THROTTLE_START', use, use.overSinceNs);
    }
    if (nowNs - use.overNs >= use.intervalNs) this.#end(spell, nowNs);
  }

  #end(spell: Spell, nowNs: bigint): void {
    if (spell.isOver) this.#tell('THROTTLE_STOP', spell.use, nowNs);
    spell.isOver = false;
  }

  #tell(type: 'THROTTLE_START' | 'THROTTLE_STOP', use: RateUse, atNs: bigint): void {
    const { nodeName, clock, onEvent } = this.#options;
    onEvent({
      process_throttle: { type, cgroup: use.cgroup },
      tracegate: { cgroup_id: String(use.cgroupId), ...this.#whatOf(use) },
      node_name: nodeName,
      time: clock.rfc3339(atNs),
    });
  }

  #whatOf({ of, generation }: RateUse) {
    if (of === TG_RATE_OF.TG_R_PROCESSES) return { throttled: 'processes' as const };
    if (of === TG_RATE_OF.TG_R_POLICIES) return { throttled: 'policies' as const };
    const hook = this.#options.hookOf(of, generation);
    return {
      throttled: 'hook' as const,
      ...(hook && { policy_name: hook.policyName, hook: hook.functionName }),
    };
  }
}
