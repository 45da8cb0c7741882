// SPDX-License-Identifier: Apache-2.0
/**
 * Ids of programs are given out one after another: one that nobody told of is a load that was missed. Two CPUs may tell of theirs
 * in another order, so a hole is one only when it is still there after a while.
 */
export interface IdGap {
  first: number;
  last: number;
}

const SETTLED_MS = 2000;
/** The kernel begins again at 1 behind 2^31. */
const BEGUN_AGAIN = 2 ** 30;
const HOLES_MOST = 65_536;

export class IdGaps {
  #last: number | undefined;
  readonly #holes = new Map<number, number>();
  /** holes wider than what is kept of them, already told */
  #wide: IdGap[] = [];

  /** The highest id that was there when the watch began. */
  begin(last: number): void {
    this.#last = Math.max(last, this.#last ?? 0);
  }

  saw(id: number, nowMs: number): void {
    this.#holes.delete(id);
    if (this.#last === undefined || id < this.#last - BEGUN_AGAIN) {
      this.#last = id;
      return;
    }
    if (id <= this.#last) return;
    const first = this.#last + 1;
    if (id - first > HOLES_MOST) this.#wide.push({ first, last: id - 1 });
    else for (let hole = first; hole < id; hole++) this.#holes.set(hole, nowMs);
    this.#last = id;
  }

  /** Holes that have settled, each once. */
  settled(nowMs: number): IdGap[] {
    const gaps = this.#wide.splice(0);
    for (const [id, since] of [...this.#holes].sort(([a], [b]) => a - b)) {
      if (nowMs - since < SETTLED_MS) continue;
      this.#holes.delete(id);
      const before = gaps.at(-1);
      if (before && before.last === id - 1) before.last = id;
      else gaps.push({ first: id, last: id });
    }
    return gaps;
  }
}
