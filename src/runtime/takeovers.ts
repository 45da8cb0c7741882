// SPDX-License-Identifier: Apache-2.0
/**
 * Which generations have taken over for good. A call may be on its way through the programs of the one before when the next comes
 * into force, and meets only those: until such calls are over, both deny.
 */
import { performance } from 'node:perf_hooks';

/** A call between two programs on one function waits for nothing; it may be put off while others run. */
const OVER_AFTER_MS = 3000;

export class Takeovers {
  readonly #sinceMs = new Map<number, number>();
  readonly #before = new Map<number, number>();
  readonly #over = new Set<number>();

  /** `before`: those older than this one were past already, and stay so. */
  began(generation: number, before: number): void {
    this.#sinceMs.set(generation, performance.now());
    this.#before.set(generation, before);
  }

  forget(generation: number): void {
    this.#sinceMs.delete(generation);
    this.#over.delete(generation);
    this.#before.delete(generation);
  }

  /** While this one is in force: all older than the generation returned are past. */
  past(generation: number): number {
    return this.#over.has(generation) ? generation : (this.#before.get(generation) ?? 0);
  }

  /** The generations of which that is so since the last call. */
  nowOver(): Set<number> {
    const dueMs = performance.now() - OVER_AFTER_MS;
    const due = new Set([...this.#sinceMs].filter(([, sinceMs]) => sinceMs <= dueMs).map(([id]) => id));
    for (const generation of due) {
      this.#sinceMs.delete(generation);
      this.#over.add(generation);
    }
    return due;
  }
}
