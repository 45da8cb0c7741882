// SPDX-License-Identifier: Apache-2.0
/**
 * Events that are the same: the first of an interval was told, the others the kernel counted. Its record is kept until the interval
 * is over, and then told again with their number.
 */
import type { EventProcess } from '../model/event.ts';
import type { SameEvents } from '../model/same-events.ts';

/** A program that counts one more in an interval that has just ended is done by then. */
const GRACE_NS = 1_000_000_000n;
/** The record of one that is there without it may still lie in a full ring for so long. */
const STRANGE_NS = 60_000_000_000n;
/** Above this only the head of a record is kept: who it was, and not with which values. */
const KEPT_BYTES_MAX = 16 << 20;
const KEPT_MAX = 16_384;

/** The record of an event that others are the same as. */
export interface Kept {
  hookId: number;
  interval: number;
  intervalNs: bigint;
  hash: bigint;
  record: Buffer;
  /** its first bytes alone, which make a record without values */
  head: Buffer;
  /** as they were then */
  who: { process: EventProcess; parent?: EventProcess };
}

export interface AggregatesOptions {
  same(): SameEvents[];
  forget(same: SameEvents): void;
  /** reads what records there are */
  drain(): void;
  nowBootNs(): bigint;
  tell(kept: Kept, same: SameEvents): void;
}

const keyOf = ({ hookId, interval, hash }: Pick<Kept, 'hookId' | 'interval' | 'hash'>) =>
  `${hookId}/${interval}/${hash}`;
const endOf = ({ interval, intervalNs }: Pick<Kept, 'interval' | 'intervalNs'>) =>
  BigInt(interval + 1) * intervalNs;

export class Aggregates {
  readonly #options: AggregatesOptions;
  readonly #kept = new Map<string, Kept>();
  #keptBytes = 0;
  /** how many were counted of which nobody knows any more what they were: an agent before this one was told */
  untold = 0n;

  constructor(options: AggregatesOptions) {
    this.#options = options;
  }

  keep(kept: Kept): void {
    const key = keyOf(kept);
    if (this.#kept.has(key) || this.#kept.size >= KEPT_MAX) return;
    const isRoom = this.#keptBytes + kept.record.length <= KEPT_BYTES_MAX;
    const own = { ...kept, record: Buffer.from(isRoom ? kept.record : kept.head) };
    this.#keptBytes += own.record.length;
    this.#kept.set(key, own);
  }

  /** Tells of the intervals that are over; of all of them where nobody will look again. */
  look(last = false): void {
    this.#options.drain();
    const nowNs = this.#options.nowBootNs();
    for (const same of this.#options.same()) {
      const kept = this.#kept.get(keyOf(same));
      const dueNs = endOf(same) + (kept ? GRACE_NS : STRANGE_NS);
      if (!last && nowNs < dueNs) continue;
      this.#options.forget(same);
      if (same.count === 0n) continue;
      if (kept) this.#options.tell(kept, same);
      else this.untold += same.count;
    }
    this.#forgetUntil(last ? undefined : nowNs - GRACE_NS);
  }

  #forgetUntil(endNs: bigint | undefined): void {
    for (const [key, kept] of this.#kept) {
      if (endNs !== undefined && endOf(kept) > endNs) continue;
      this.#kept.delete(key);
      this.#keptBytes -= kept.record.length;
    }
  }
}
