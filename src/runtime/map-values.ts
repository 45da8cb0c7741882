// SPDX-License-Identifier: Apache-2.0
/** The keys and values of what holds events back, as the programs write them. */
import type { RateUse } from '../model/rate-use.ts';
import type { SameEvents } from '../model/same-events.ts';
import { STRUCTS } from '../plan/layout.generated.ts';

/** The entries of a map, as `mapEntries` gives them. */
export function entriesIn(found: Buffer, { key, value }: { key: number; value: number }): Buffer[] {
  const entryBytes = key + value;
  return Array.from({ length: found.length / entryBytes }, (_, i) =>
    found.subarray(i * entryBytes, (i + 1) * entryBytes),
  );
}

export function rateUse(entry: Buffer): RateUse {
  const key = STRUCTS.tg_rate_key.fields;
  const f = STRUCTS.tg_rate_use.fields;
  const use = entry.subarray(STRUCTS.tg_rate_key.size);
  const name = use.subarray(f.name.offset, f.name.offset + f.name.count * f.name.size);
  return {
    cgroup: name.toString('utf8').replace(/\0.*$/s, '') || '/',
    cgroupId: entry.readBigUInt64LE(key.cgroup.offset),
    of: entry.readUInt32LE(key.of.offset),
    generation: entry.readUInt32LE(key.generation.offset),
    overNs: use.readBigUInt64LE(f.over_ns.offset),
    overSinceNs: use.readBigUInt64LE(f.over_since_ns.offset),
    intervalNs: use.readBigUInt64LE(f.interval_ns.offset),
  };
}

export function sameEvents(entry: Buffer): SameEvents {
  const key = STRUCTS.tg_same_key.fields;
  const f = STRUCTS.tg_same.fields;
  const same = entry.subarray(STRUCTS.tg_same_key.size);
  return {
    hookId: entry.readUInt32LE(key.hook_id.offset),
    interval: entry.readUInt32LE(key.interval.offset),
    hash: entry.readBigUInt64LE(key.hash.offset),
    intervalNs: same.readBigUInt64LE(f.interval_ns.offset),
    count: same.readBigUInt64LE(f.count.offset),
    firstNs: same.readBigUInt64LE(f.first_ns.offset),
    lastNs: same.readBigUInt64LE(f.last_ns.offset),
  };
}

export function sameKey({ hookId, interval, hash }: SameEvents): Buffer {
  const key = STRUCTS.tg_same_key.fields;
  const bytes = Buffer.alloc(STRUCTS.tg_same_key.size);
  bytes.writeUInt32LE(hookId, key.hook_id.offset);
  bytes.writeUInt32LE(interval, key.interval.offset);
  bytes.writeBigUInt64LE(hash, key.hash.offset);
  return bytes;
}
