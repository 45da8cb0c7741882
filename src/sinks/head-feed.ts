// SPDX-License-Identifier: Apache-2.0
/** The newest signed head of a log, every so often while it grows: what is in between is covered by it. */
import { type HeadBefore, headAfter, recordsAfter } from '../audit/index.ts';
import { type Batch, CHECKPOINT_TYPE, type Feed } from './item.ts';

export interface HeadPosition extends HeadBefore {
  /** the last record that a head which was sent covers */
  seq: number;
  atMs: number;
}

export class HeadFeed implements Feed<HeadPosition> {
  readonly name: string;
  readonly #path: string;
  #everyMs: number;

  constructor(name: string, path: string, everySeconds: number) {
    this.name = name;
    this.#path = path;
    this.#everyMs = everySeconds * 1000;
  }

  next(after: HeadPosition | undefined): Batch<HeadPosition> {
    const none: Batch<HeadPosition> = { items: [], next: after as HeadPosition };
    const sinceMs = Date.now() - (after?.atMs ?? 0);
    // a clock that was set back does not keep heads from leaving
    if (sinceMs >= 0 && sinceMs < this.#everyMs) return none;
    const pushed = headAfter(this.#path, after);
    if (pushed === undefined) return none;
    const { logId, size, root, time } = pushed.head;
    return {
      items: [{ kind: 'checkpoint', checkpoint: { type: CHECKPOINT_TYPE, logId, time, ...pushed } }],
      next: { logId, size, root, seq: size - 1, atMs: Date.now() },
    };
  }

  behind(after: HeadPosition | undefined): number {
    return recordsAfter(this.#path, after);
  }

  /** The last head is not left to the next start. */
  ending(): void {
    this.#everyMs = 0;
  }

  close(): void {}
}
