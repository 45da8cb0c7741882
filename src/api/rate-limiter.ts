// SPDX-License-Identifier: Apache-2.0
import { Fault } from '../errors.ts';

export interface RateLimiter {
  /** Throws Fault `too-many` when `who` has used up what a minute gives. */
  take(who: string): void;
}

interface Bucket {
  tokens: number;
  filledAtMs: number;
}

/** Beyond this many names the fullest buckets are dropped: they have nothing to remember. */
const NAMES_KEPT = 10_000;

/** A token bucket per name: bursts up to a minute's worth, then as fast as it fills. */
export function rateLimiter(perMinute: number, nowMs: () => number = () => performance.now()): RateLimiter {
  const buckets = new Map<string, Bucket>();
  const filled = (bucket: Bucket, now: number): number =>
    Math.min(perMinute, bucket.tokens + ((now - bucket.filledAtMs) / 60_000) * perMinute);
  return {
    take(who) {
      const now = nowMs();
      const bucket = buckets.get(who) ?? { tokens: perMinute, filledAtMs: now };
      const tokens = filled(bucket, now);
      if (tokens < 1) {
        const retryAfterSeconds = Math.ceil(((1 - tokens) * 60) / perMinute);
        const told = `too many requests: ${perMinute} a minute are taken; try again in ${retryAfterSeconds} s`;
        throw new Fault('too-many', told, { details: { retryAfterSeconds } });
      }
      buckets.set(who, { tokens: tokens - 1, filledAtMs: now });
      if (buckets.size > NAMES_KEPT)
        for (const [name, other] of buckets) if (filled(other, now) >= perMinute - 1) buckets.delete(name);
    },
  };
}
