// SPDX-License-Identifier: Apache-2.0
/** Memory of an OPA module as words and bytes, taken piece by piece; as long as nothing is evaluated it is ours. */

/** in words of four bytes, as `value.h` of OPA's wasm runtime lays its values out */
export const WORDS = { string: 3, number: 4, array: 4, element: 2, object: 4, member: 3 } as const;
/** the first word of a value: its type, and of booleans and integers what follows it */
export const HEAD = {
  null: 1,
  false: 2,
  true: 2 + 256,
  integer: 3 + 256,
  string: 4,
  array: 5,
  object: 6,
} as const;

const PAGE_BYTES = 65_536;
export const WORD_BYTES = 4;
const TWO_TO_32 = 2 ** 32;

export class OpaMemory {
  words: Int32Array;
  bytes: Buffer;
  /** next free word */
  next = 0;
  readonly #memory: WebAssembly.Memory;

  constructor(memory: WebAssembly.Memory) {
    this.#memory = memory;
    this.words = new Int32Array(memory.buffer);
    this.bytes = Buffer.from(memory.buffer);
  }

  /** From here on memory is taken; numbers stand at multiples of eight bytes. */
  startAt(address: number): void {
    this.next = Math.ceil(address / 8) * 2;
    this.#see();
  }

  /** Index of the first of so many words; throws RangeError where the module may not have more. */
  take(words: number): number {
    const at = this.next;
    this.next = at + words;
    if (this.next > this.words.length) this.#grow();
    return at;
  }

  takeText(bytes: number): number {
    return this.take(Math.ceil(bytes / WORD_BYTES)) * WORD_BYTES;
  }

  /** An integer that JavaScript can hold: address. */
  integer(value: number): number {
    this.next += this.next & 1;
    const at = this.take(WORDS.number);
    this.words[at] = HEAD.integer;
    this.words[at + 2] = value;
    this.words[at + 3] = Math.floor(value / TWO_TO_32);
    return at * WORD_BYTES;
  }

  /** Growing, by us or by the module, leaves the views of before empty. */
  #see(): void {
    if (this.words.buffer === this.#memory.buffer) return;
    this.words = new Int32Array(this.#memory.buffer);
    this.bytes = Buffer.from(this.#memory.buffer);
  }

  #grow(): void {
    const lacking = (this.next - this.words.length) * WORD_BYTES;
    this.#memory.grow(Math.ceil(lacking / PAGE_BYTES));
    this.#see();
  }
}
