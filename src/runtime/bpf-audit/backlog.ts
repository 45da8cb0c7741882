// SPDX-License-Identifier: Apache-2.0
/**
 * Records out of the kernel's ring, copied and kept until there is time for them: to tell of a load takes longer than to load, and
 * what finds the ring full is lost.
 */

/** Some thirty thousand loads. Beyond that the oldest are seen to at once, and it is the ring that fills. */
const KEPT_BYTES_MAX = 64 * 1024 * 1024;

export interface BacklogOptions {
  /** copies what is in the ring, by way of `take` */
  emptyRing(): void;
  onBatch(batch: Buffer): void;
  keptBytesMax?: number;
}

export class Backlog {
  readonly #options: BacklogOptions;
  readonly #batches: Buffer[] = [];
  #keptBytes = 0;
  #seeing = false;
  #turn: NodeJS.Immediate | undefined;

  constructor(options: BacklogOptions) {
    this.#options = options;
  }

  /** `batch` is written over after the call. */
  take(batch: Buffer): void {
    this.#batches.push(Buffer.from(batch));
    this.#keptBytes += batch.length;
    while (this.#keptBytes > (this.#options.keptBytesMax ?? KEPT_BYTES_MAX)) this.#first();
    this.#later();
  }

  /** All that is in the ring by now is seen to, in order; what comes meanwhile is kept for later. */
  settle(): void {
    if (this.#seeing) return;
    this.#seeing = true;
    try {
      this.#options.emptyRing();
      for (let left = this.#batches.length; left > 0; left -= 1) {
        this.#first();
        this.#options.emptyRing();
      }
    } finally {
      this.#seeing = false;
    }
  }

  /** What was kept is told; the ring is left as it is. */
  close(): void {
    clearImmediate(this.#turn);
    while (this.#batches.length > 0) this.#first();
  }

  #first(): void {
    const batch = this.#batches.shift();
    if (!batch) return;
    this.#keptBytes -= batch.length;
    this.#options.onBatch(batch);
  }

  /** One batch a turn of the loop: others have something to do too, and the ring is looked at in between. */
  #later(): void {
    this.#turn ??= setImmediate(() => {
      this.#turn = undefined;
      this.#first();
      if (this.#batches.length > 0) this.#later();
    });
  }
}
