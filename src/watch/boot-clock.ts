// SPDX-License-Identifier: Apache-2.0
const NS_PER_S = 1_000_000_000n;

/** Boot time → wall time, RFC 3339 with nanoseconds as short as exact. */
export class BootClock {
  readonly #offsetNs: bigint;
  /** the second told last: most events fall into the one of their predecessor */
  #second = -1;
  #secondText = '';

  constructor(now: { realNs: bigint; bootNs: bigint }) {
    this.#offsetNs = now.realNs - now.bootNs;
  }

  rfc3339(bootNs: bigint): string {
    const realNs = bootNs + this.#offsetNs;
    const second = Number(realNs / NS_PER_S);
    if (second !== this.#second) {
      this.#second = second;
      this.#secondText = new Date(second * 1000).toISOString().slice(0, 19);
    }
    return this.#secondText + fraction(Number(realNs % NS_PER_S));
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
