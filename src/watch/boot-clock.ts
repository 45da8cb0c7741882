// SPDX-License-Identifier: Apache-2.0
/** Boot time → wall time, RFC 3339 with nanoseconds as short as exact. */
export class BootClock {
  readonly #offsetNs: bigint;

  constructor(now: { realNs: bigint; bootNs: bigint }) {
    this.#offsetNs = now.realNs - now.bootNs;
  }

  rfc3339(bootNs: bigint): string {
    const realNs = bootNs + this.#offsetNs;
    const seconds = new Date(Number(realNs / 1_000_000n)).toISOString().slice(0, 19);
    const fraction = (realNs % 1_000_000_000n)
      .toString()
      .padStart(9, '0')
      .replace(/(000)+$/, '');
    return fraction ? `${seconds}.${fraction}Z` : `${seconds}Z`;
  }
}
