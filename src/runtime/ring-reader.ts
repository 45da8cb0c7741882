// SPDX-License-Identifier: Apache-2.0
/** When a ring is read that wakes nobody (docs/adr/0004-ring-without-wakeups.md): often while records come, seldom while none do. */

const OFTEN_MS = 25;
const SELDOM_MS = 100;
/** Looks in a row that found nothing, a second's worth: from then on it is looked seldom. */
const QUIET_LOOKS = 40;

export class RingReader {
  readonly #read: () => void;
  #timer: NodeJS.Timeout | undefined;
  #quietLooks = 0;
  #came = false;
  #stopped = false;

  /** `read` calls `came` for what it finds. */
  constructor(read: () => void) {
    this.#read = read;
    this.#wait();
  }

  /** To be called when there were records, whoever asked for them. */
  came(): void {
    this.#came = true;
  }

  /** Also from within `read`. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  get #quiet(): boolean {
    return this.#quietLooks >= QUIET_LOOKS;
  }

  #wait(): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(() => this.#look(), this.#quiet ? SELDOM_MS : OFTEN_MS);
  }

  #look(): void {
    try {
      this.#read();
    } finally {
      this.#quietLooks = this.#came ? 0 : this.#quietLooks + 1;
      this.#came = false;
      this.#wait();
    }
  }
}
