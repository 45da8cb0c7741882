// SPDX-License-Identifier: Apache-2.0
/** What the maps say that all programs share; they are pinned, and outlive the agent as the programs do. */
import { Fault } from '../errors.ts';
import type { EventRate } from '../model/normal-policy.ts';
import type { RateUse } from '../model/rate-use.ts';
import type { SameEvents } from '../model/same-events.ts';
import { STRUCTS, TG_MODE } from '../plan/layout.generated.ts';
import { RATES_MAX, SAMES_MAX, type SharedMapName } from './map-shapes.ts';
import { entriesIn, rateUse, sameEvents, sameKey } from './map-values.ts';
import type { Native } from './native.ts';
import { PinnedMaps } from './pinned-maps.ts';

export interface PolicyCounters {
  posted: number;
  killed: number;
  denied: number;
  wouldHave: number;
  lost: number;
  suppressed: number;
  throttled: number;
  aggregated: number;
  exhausted: boolean;
}

export const NO_COUNTS: PolicyCounters = {
  posted: 0,
  killed: 0,
  denied: 0,
  wouldHave: 0,
  lost: 0,
  suppressed: 0,
  throttled: 0,
  aggregated: 0,
  exhausted: false,
};

export interface RuntimeStats {
  lost: number;
  scratchMissed: number;
  readFailed: number;
  /** processes that began or ended and were not told of */
  throttled: number;
}

/** What user space rules of a policy: its mode, its kill budget, and the generation that acts during an update. */
export interface Control {
  mode: 'enforce' | 'monitor' | 'off';
  killPerMinute: number;
  generationPosting: number;
  /** generations before it are past: they deny no more; 0: they do, as during an update */
  generationPast: number;
}

const MODES = [
  ['enforce', TG_MODE.TG_MODE_ENFORCE],
  ['monitor', TG_MODE.TG_MODE_MONITOR],
  ['off', TG_MODE.TG_MODE_OFF],
] as const;

function controlBytes(control: Control): Buffer {
  const f = STRUCTS.tg_policy_control.fields;
  const value = Buffer.alloc(STRUCTS.tg_policy_control.size);
  const mode = MODES.find(([name]) => name === control.mode) as (typeof MODES)[number];
  value.writeUInt32LE(mode[1], f.mode.offset);
  value.writeUInt32LE(control.killPerMinute, f.kill_per_minute.offset);
  value.writeUInt32LE(control.generationPosting, f.generation_posting.offset);
  value.writeUInt32LE(control.generationPast, f.generation_past.offset);
  return value;
}

const NS_PER_MS = 1_000_000n;

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

export class SharedMaps {
  readonly fds: Record<SharedMapName, number>;
  readonly pinned: PinnedMaps;
  readonly #native: Native;

  private constructor(native: Native, pinned: PinnedMaps) {
    this.#native = native;
    this.pinned = pinned;
    this.fds = pinned.fds;
  }

  /** Opens the pinned maps under `<bpffsDir>/maps`, making those that are not there. */
  static open(native: Native, bpffsDir: string, objectsDir: string): SharedMaps {
    return new SharedMaps(native, PinnedMaps.open(native, bpffsDir, objectsDir));
  }

  setControl(slot: number, control: Control): void {
    this.#native.mapUpdate(this.fds.tg_policies, u32(slot), controlBytes(control));
  }

  /** Which generations an earlier agent took for past, where the slot is still that of this one. */
  generationPast(slot: number, generation: number): number {
    const found = this.#native.mapLookup(this.fds.tg_policies, u32(slot), STRUCTS.tg_policy_control.size);
    const past = found?.readUInt32LE(STRUCTS.tg_policy_control.fields.generation_past.offset) ?? 0;
    return past <= generation ? past : 0;
  }

  /** What the kernel goes by in a slot, in words, where it is not this. */
  otherControl(slot: number, control: Control): string | undefined {
    const size = STRUCTS.tg_policy_control.size;
    const found = this.#native.mapLookup(this.fds.tg_policies, u32(slot), size);
    if (found?.equals(controlBytes(control))) return undefined;
    if (!found) return 'no such slot';
    const f = STRUCTS.tg_policy_control.fields;
    const mode = MODES.find(([, number]) => number === found.readUInt32LE(f.mode.offset))?.[0];
    return `mode ${mode ?? 'unknown'}, ${found.readUInt32LE(f.kill_per_minute.offset)} kills a minute, generation ${found.readUInt32LE(f.generation_posting.offset)}`;
  }

  /** A fresh slot: counters at zero, the kill bucket full. */
  resetState(slot: number, killPerMinute: number): void {
    const f = STRUCTS.tg_policy_state.fields;
    const value = Buffer.alloc(STRUCTS.tg_policy_state.size);
    value.writeBigUInt64LE(BigInt(killPerMinute) * 1000n, f.tokens_milli.offset);
    value.writeBigUInt64LE(this.#native.clocks().bootNs, f.refilled_ns.offset);
    this.#native.mapUpdate(this.fds.tg_states, u32(slot), value);
  }

  counters(slot: number): PolicyCounters {
    const f = STRUCTS.tg_policy_state.fields;
    const value = this.#native.mapLookup(this.fds.tg_states, u32(slot), STRUCTS.tg_policy_state.size);
    if (!value)
      throw new Fault(
        'kernel',
        `policy slot ${slot} is not in the pinned map: was it made by another version?`,
      );
    const count = (field: { offset: number }) => Number(value.readBigUInt64LE(field.offset));
    return {
      posted: count(f.posted),
      killed: count(f.killed),
      denied: count(f.denied),
      wouldHave: count(f.would_have),
      lost: count(f.lost),
      suppressed: count(f.suppressed),
      throttled: count(f.throttled),
      aggregated: count(f.aggregated),
      exhausted: value.readUInt32LE(f.exhausted.offset) !== 0,
    };
  }

  /** Summed over all CPUs. */
  stats(): RuntimeStats {
    const size = STRUCTS.tg_stats.size;
    const cpus = this.#native.possibleCpus();
    const value = this.#native.mapLookup(this.fds.tg_stats, u32(0), size * cpus) as Buffer;
    const f = STRUCTS.tg_stats.fields;
    const sum = (field: { offset: number }) =>
      Array.from({ length: cpus }, (_, cpu) =>
        Number(value.readBigUInt64LE(cpu * size + field.offset)),
      ).reduce((a, b) => a + b, 0);
    return {
      lost: sum(f.lost),
      scratchMissed: sum(f.scratch_missed),
      readFailed: sum(f.read_failed),
      throttled: sum(f.throttled),
    };
  }

  setCgroupRate(rate: EventRate | undefined): void {
    const f = STRUCTS.tg_rate.fields;
    const value = Buffer.alloc(STRUCTS.tg_rate.size);
    value.writeBigUInt64LE(BigInt(rate?.events ?? 0), f.events.offset);
    value.writeBigUInt64LE(BigInt(rate?.intervalMs ?? 0) * NS_PER_MS, f.interval_ns.offset);
    this.#native.mapUpdate(this.fds.tg_cgroup_rate, u32(0), value);
  }

  rateUses(): RateUse[] {
    const bytes = { key: STRUCTS.tg_rate_key.size, value: STRUCTS.tg_rate_use.size };
    const found = this.#native.mapEntries(this.fds.tg_rates, bytes.key, bytes.value, RATES_MAX);
    return entriesIn(found, bytes).map(rateUse);
  }

  sameEvents(): SameEvents[] {
    const bytes = { key: STRUCTS.tg_same_key.size, value: STRUCTS.tg_same.size };
    const found = this.#native.mapEntries(this.fds.tg_sames, bytes.key, bytes.value, SAMES_MAX);
    return entriesIn(found, bytes).map(sameEvents);
  }

  forgetSame(same: SameEvents): void {
    this.#native.mapDelete(this.fds.tg_sames, sameKey(same));
  }

  /** Suspends every action on the host until a boot time in ns (0n: until resumed). */
  setSuspended(suspended: boolean, untilBootNs = 0n): void {
    const f = STRUCTS.tg_control.fields;
    const value = Buffer.alloc(STRUCTS.tg_control.size);
    value.writeUInt32LE(Number(suspended), f.suspended.offset);
    value.writeBigUInt64LE(untilBootNs, f.suspended_until_ns.offset);
    this.#native.mapUpdate(this.fds.tg_control, u32(0), value);
  }

  /** What `setSuspended` wrote, or whoever else did. */
  suspended(): { suspended: boolean; untilBootNs: bigint } {
    const f = STRUCTS.tg_control.fields;
    const value = this.#native.mapLookup(this.fds.tg_control, u32(0), STRUCTS.tg_control.size) as Buffer;
    return {
      suspended: value.readUInt32LE(f.suspended.offset) !== 0,
      untilBootNs: value.readBigUInt64LE(f.suspended_until_ns.offset),
    };
  }
}
