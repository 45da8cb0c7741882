// SPDX-License-Identifier: Apache-2.0
/** So much time a second for reading that must not hold others up; what took longer is made up for by those that come next. */

const SECOND_MS = 1000;
/** Made up for in so many seconds at the most: what takes longer than that on a slow host would else never be read again. */
const DEBT_SECONDS_MAX = 10;

export class ReadingTime {
  readonly #eachSecondMs: number;
  readonly #nowMs: () => number;
  #secondMs = 0;
  #spentMs = 0;

  constructor(eachSecondMs: number, nowMs: () => number) {
    this.#eachSecondMs = eachSecondMs;
    this.#nowMs = nowMs;
  }

  isLeft(): boolean {
    const seconds = Math.floor((this.#nowMs() - this.#secondMs) / SECOND_MS);
    this.#spentMs = Math.max(0, this.#spentMs - seconds * this.#eachSecondMs);
    this.#secondMs += seconds * SECOND_MS;
    return this.#spentMs < this.#eachSecondMs;
  }

  spend<T>(read: () => T): T {
    const beganMs = this.#nowMs();
    try {
      return read();
    } finally {
      const tookMs = this.#nowMs() - beganMs;
      this.#spentMs = Math.min(this.#spentMs + tookMs, DEBT_SECONDS_MAX * this.#eachSecondMs);
    }
  }
}
