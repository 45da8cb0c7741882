// SPDX-License-Identifier: Apache-2.0
/** The maps all programs share, pinned under bpffs: they outlive the agent, as the programs do. */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../errors.ts';
import { STRUCTS, TG_MODE } from '../plan/layout.generated.ts';
import type { Native } from './native.ts';

const MAP_TYPE = { HASH: 1, ARRAY: 2, PERCPU_ARRAY: 6, LRU_HASH: 9, RINGBUF: 27 } as const;
const RING_BYTES = 8 << 20;
const SCRATCH_SLOTS = 4;
export const POLICY_SLOTS = 512;
const PROTECTED_MAX = 1024;
const LIMITS_MAX = 8192;
const SOCKS_MAX = 32_768;

interface Shape {
  type: number;
  keySizeBytes: number;
  valueSizeBytes: number;
  maxEntries: number;
}

const array = (valueSizeBytes: number, maxEntries: number, type: number = MAP_TYPE.ARRAY): Shape => ({
  type,
  keySizeBytes: 4,
  valueSizeBytes,
  maxEntries,
});

/** As declared in bpf/include/maps.h: libbpf refuses to reuse a map of another shape. */
const SHAPES = {
  tg_events: { type: MAP_TYPE.RINGBUF, keySizeBytes: 0, valueSizeBytes: 0, maxEntries: RING_BYTES },
  tg_scratch: array(STRUCTS.tg_scratch.size, SCRATCH_SLOTS, MAP_TYPE.PERCPU_ARRAY),
  tg_policies: array(STRUCTS.tg_policy_control.size, POLICY_SLOTS),
  tg_states: array(STRUCTS.tg_policy_state.size, POLICY_SLOTS),
  tg_control: array(STRUCTS.tg_control.size, 1),
  tg_protected: {
    type: MAP_TYPE.HASH,
    keySizeBytes: STRUCTS.tg_exe.size,
    valueSizeBytes: 4,
    maxEntries: PROTECTED_MAX,
  },
  tg_limits: {
    type: MAP_TYPE.LRU_HASH,
    keySizeBytes: STRUCTS.tg_limit_key.size,
    valueSizeBytes: 8,
    maxEntries: LIMITS_MAX,
  },
  tg_socks: {
    type: MAP_TYPE.LRU_HASH,
    keySizeBytes: STRUCTS.tg_sock_key.size,
    valueSizeBytes: STRUCTS.tg_owner.size,
    maxEntries: SOCKS_MAX,
  },
  tg_told: {
    type: MAP_TYPE.LRU_HASH,
    keySizeBytes: STRUCTS.tg_told_key.size,
    valueSizeBytes: STRUCTS.tg_begun.size,
    maxEntries: LIMITS_MAX,
  },
  tg_protected_bits: array(STRUCTS.tg_protected_bits.size, 1),
  tg_stats: array(STRUCTS.tg_stats.size, 1, MAP_TYPE.PERCPU_ARRAY),
} satisfies Record<string, Shape>;

/** Their values' types have to be told along (BTF), which an object brings: bpf/programs/left.bpf.c holds only these maps. */
const WITH_TASKS = ['tg_left', 'tg_kin'] as const;

export type SharedMapName = keyof typeof SHAPES | (typeof WITH_TASKS)[number];

export interface PolicyCounters {
  posted: number;
  killed: number;
  denied: number;
  wouldHave: number;
  lost: number;
  suppressed: number;
  exhausted: boolean;
}

export interface RuntimeStats {
  lost: number;
  scratchMissed: number;
  readFailed: number;
}

/** What user space rules of a policy: its mode, its kill budget, and the generation that acts during an update. */
export interface Control {
  mode: 'enforce' | 'monitor' | 'off';
  killPerMinute: number;
  generationPosting: number;
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
  return value;
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

export class SharedMaps {
  readonly fds: Record<SharedMapName, number>;
  /** nothing was pinned: the maps were made just now */
  readonly fresh: boolean;
  readonly #native: Native;
  readonly #dir: string;

  private constructor(native: Native, dir: string, fds: Record<SharedMapName, number>, fresh: boolean) {
    this.#native = native;
    this.#dir = dir;
    this.fds = fds;
    this.fresh = fresh;
  }

  /** Pins again what somebody unpinned, so that the next agent finds it; its names. */
  repin(): string[] {
    const gone = Object.entries(this.fds).filter(([name]) => !existsSync(join(this.#dir, name)));
    for (const [name, fd] of gone) this.#native.pin(fd, join(this.#dir, name));
    return gone.map(([name]) => name);
  }

  /** Opens the pinned maps under `<bpffsDir>/maps`, making those that are not there. */
  static open(native: Native, bpffsDir: string, objectsDir: string): SharedMaps {
    const dir = join(bpffsDir, 'maps');
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    const fresh = !existsSync(join(dir, 'tg_control'));
    const fds = Object.fromEntries(
      Object.entries(SHAPES).map(([name, shape]) => {
        const path = join(dir, name);
        if (existsSync(path)) return [name, native.getPinned(path)];
        const fd = native.mapCreate({ name, flags: 0, ...shape });
        native.pin(fd, path);
        return [name, fd];
      }),
    );
    for (const name of WITH_TASKS) {
      const path = join(dir, name);
      if (existsSync(path)) fds[name] = native.getPinned(path);
      else {
        const { maps } = native.openObject(join(objectsDir, 'left.bpf.o'), { mapFds: {} });
        fds[name] = maps[name] as number;
        native.pin(fds[name], path);
      }
    }
    return new SharedMaps(native, dir, fds as Record<SharedMapName, number>, fresh);
  }

  setControl(slot: number, control: Control): void {
    this.#native.mapUpdate(this.fds.tg_policies, u32(slot), controlBytes(control));
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
    };
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
