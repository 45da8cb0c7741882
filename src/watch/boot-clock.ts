// SPDX-License-Identifier: Apache-2.0
import type { LineBuffer } from './line-buffer.ts';

const NS_PER_S = 1_000_000_000n;
const S = 1_000_000_000;
/** 2^32 ns are 4 s and this. */
const HIGH_NS = 2 ** 32 - 4 * S;
/** Up to here all that is reckoned with a number is exact: two years of uptime. */
const HIGH_MAX = 2 ** 24;

const QUOTE = Buffer.from('"');
const DOT = Buffer.from('.');
const UTC_END = Buffer.from('Z"');

/** Boot time → wall time, RFC 3339 with nanoseconds as short as exact. */
export class BootClock {
  readonly #offsetNs: bigint;
  readonly #offsetSecond: number;
  readonly #offsetRestNs: number;
  /** the second told last: most events fall into the one of their predecessor */
  #second = -1;
  #secondText = '';
  #secondBytes: Uint8Array = Buffer.alloc(0);

  constructor(now: { realNs: bigint; bootNs: bigint }) {
    this.#offsetNs = now.realNs - now.bootNs;
    this.#offsetSecond = Number(this.#offsetNs / NS_PER_S);
    this.#offsetRestNs = Number(this.#offsetNs % NS_PER_S);
  }

  rfc3339(bootNs: bigint): string {
    const realNs = bootNs + this.#offsetNs;
    this.#turnTo(Number(realNs / NS_PER_S));
    return this.#secondText + fraction(Number(realNs % NS_PER_S));
  }

  #turnTo(second: number): void {
    if (second === this.#second) return;
    this.#second = second;
    this.#secondText = new Date(second * 1000).toISOString().slice(0, 19);
    this.#secondBytes = Buffer.from(this.#secondText);
  }

  /** The same in quotes, of a time by its halves. */
  put(out: LineBuffer, low: number, high: number): void {
    if (high >= HIGH_MAX) {
      out.putText(`"${this.rfc3339((BigInt(high) << 32n) | BigInt(low))}"`);
      return;
    }
    const restNs = low + high * HIGH_NS + this.#offsetRestNs;
    const seconds = Math.floor(restNs / S);
    this.#turnTo(4 * high + this.#offsetSecond + seconds);
    const ns = restNs - seconds * S;
    out.put(QUOTE);
    out.put(this.#secondBytes);
    if (ns !== 0) {
      out.put(DOT);
      const digits = ns % 1000 !== 0 ? 9 : ns % 1_000_000 !== 0 ? 6 : 3;
      out.putNumber(ns / 10 ** (9 - digits), digits);
    }
    out.put(UTC_END);
  }
}

/** In milli-, micro- or nanoseconds, whichever is exact. */
function fraction(ns: number): string {
  if (ns === 0) return 'Z';
  const micro = ns % 1000 === 0;
  const milli = ns % 1_000_000 === 0;
  const [value, digits] = milli ? [ns / 1_000_000, 3] : micro ? [ns / 1000, 6] : [ns, 9];
  return `.${String(value).padStart(digits, '0')}Z`;
}
