// SPDX-License-Identifier: Apache-2.0
/**
 * The shapes of the maps all programs share, as declared in bpf/include/maps.h: libbpf refuses to reuse a map of another
 * shape. Those by which user space rules programs stay as they are from one version to the next, and lie in one folder;
 * the rest lie in a folder per layout, so that two versions' programs are in force at once while one takes over.
 */
import { createHash } from 'node:crypto';
import { LAYOUT, STRUCTS } from '../plan/layout.generated.ts';
import type { MapShape } from './native.ts';

const MAP_TYPE = { HASH: 1, ARRAY: 2, PERCPU_ARRAY: 6, LRU_HASH: 9, RINGBUF: 27 } as const;
const NO_PREALLOC = 1;
const RING_BYTES = 8 << 20;
const SCRATCH_SLOTS = 4;
export const POLICY_SLOTS = 512;
const PROTECTED_MAX = 1024;
const LIMITS_MAX = 8192;
export const RATES_MAX = 4096;
export const SAMES_MAX = 16_384;
export const WOULDS_MAX = 16_384;
const SOCKS_MAX = 16_384;
export const CGROUPS_MAX = 8192;

const array = (valueSizeBytes: number, maxEntries: number, type: number = MAP_TYPE.ARRAY): MapShape => ({
  type,
  keySizeBytes: 4,
  valueSizeBytes,
  maxEntries,
});

const hash = (keySizeBytes: number, valueSizeBytes: number, maxEntries: number): MapShape => ({
  type: MAP_TYPE.HASH,
  keySizeBytes,
  valueSizeBytes,
  maxEntries,
});

/** Most hosts need few of its elements or none: each is allocated when it is made, which programs may do from Linux 6.1 on. */
const sparseHash = (keySizeBytes: number, valueSizeBytes: number, maxEntries: number): MapShape => ({
  ...hash(keySizeBytes, valueSizeBytes, maxEntries),
  flags: NO_PREALLOC,
});

const leastUsed = (keySizeBytes: number, valueSizeBytes: number, maxEntries: number): MapShape => ({
  type: MAP_TYPE.LRU_HASH,
  keySizeBytes,
  valueSizeBytes,
  maxEntries,
});

/** tg_control is also written by tracegate-off of any version. */
export const RULING = {
  tg_control: array(STRUCTS.tg_control.size, 1),
  tg_policies: array(STRUCTS.tg_policy_control.size, POLICY_SLOTS),
  tg_protected: hash(STRUCTS.tg_exe.size, 4, PROTECTED_MAX),
  tg_protected_bits: array(STRUCTS.tg_protected_bits.size, 1),
  tg_cgroups: {
    type: MAP_TYPE.HASH,
    keySizeBytes: 8,
    valueSizeBytes: STRUCTS.tg_cgroup.size,
    maxEntries: CGROUPS_MAX,
  },
} satisfies Record<string, MapShape>;

export const OF_LAYOUT = {
  tg_events: { type: MAP_TYPE.RINGBUF, keySizeBytes: 0, valueSizeBytes: 0, maxEntries: RING_BYTES },
  tg_scratch: array(STRUCTS.tg_scratch.size, SCRATCH_SLOTS, MAP_TYPE.PERCPU_ARRAY),
  tg_states: array(STRUCTS.tg_policy_state.size, POLICY_SLOTS),
  tg_limits: leastUsed(STRUCTS.tg_limit_key.size, 8, LIMITS_MAX),
  tg_woulds: sparseHash(STRUCTS.tg_would_key.size, 8, WOULDS_MAX),
  tg_sames: sparseHash(STRUCTS.tg_same_key.size, STRUCTS.tg_same.size, SAMES_MAX),
  tg_rates: leastUsed(STRUCTS.tg_rate_key.size, STRUCTS.tg_rate_use.size, RATES_MAX),
  tg_cgroup_rate: array(STRUCTS.tg_rate.size, 1),
  tg_socks: leastUsed(STRUCTS.tg_sock_key.size, STRUCTS.tg_owner.size, SOCKS_MAX),
  tg_told: leastUsed(STRUCTS.tg_told_key.size, STRUCTS.tg_begun.size, LIMITS_MAX),
  tg_stats: array(STRUCTS.tg_stats.size, 1, MAP_TYPE.PERCPU_ARRAY),
} satisfies Record<string, MapShape>;

/** Their values' types have to be told along (BTF), which an object brings: bpf/programs/left.bpf.c holds only these maps. */
export const WITH_TASKS = ['tg_left', 'tg_kin', 'tg_walks'] as const;

/**
 * Some megabytes that most hosts never need: until a copy of a template uses one, another of a single element stands in for it.
 * Only templates may use them.
 */
export const WHEN_USED = ['tg_limits', 'tg_socks', 'tg_told'] as const satisfies (keyof typeof OF_LAYOUT)[];
export type MapWhenUsed = (typeof WHEN_USED)[number];

export type SharedMapName = keyof typeof RULING | keyof typeof OF_LAYOUT | (typeof WITH_TASKS)[number];

/** Names the folder of the maps that only programs of this layout can use. */
export const LAYOUT_FOLDER = createHash('sha256')
  .update(LAYOUT)
  .update(JSON.stringify(OF_LAYOUT))
  .digest('hex')
  .slice(0, 12);

export function sameShape(a: MapShape, b: MapShape): boolean {
  return (
    a.type === b.type &&
    a.keySizeBytes === b.keySizeBytes &&
    a.valueSizeBytes === b.valueSizeBytes &&
    a.maxEntries === b.maxEntries &&
    (a.flags ?? 0) === (b.flags ?? 0)
  );
}
