// SPDX-License-Identifier: Apache-2.0
/** Lines of JSON as bytes, put together from pieces that are bytes already and from what a record holds. */

const FIRST_BYTES = 1 << 16;
/** Up to here a loop is cheaper than the call that copies. */
const SHORT_BYTES = 24;
/** A number's digits, its sign included. */
const NUMBER_BYTES_MAX = 24;
/** A character becomes no more than this many bytes of UTF-8, by JavaScript's count of characters. */
const CHARACTER_BYTES_MAX = 3;
const SAFE_INTEGER_HIGH = 2 ** 21;
const TWO_32 = 2 ** 32;

/** Bytes that stand in a JSON string as they are: ASCII but for controls, the quote and the backslash. */
const PLAIN = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 0x20 && byte < 0x80 && byte !== 0x22 && byte !== 0x5c ? 1 : 0,
);

/** A 64-bit number by its halves, in decimal. */
function longText(low: number, high: number, signed: boolean): string {
  const bits = (BigInt(high) << 32n) | BigInt(low);
  return (signed ? BigInt.asIntN(64, bits) : bits).toString();
}

export class LineBuffer {
  #bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** What has been put in since the last `clear`; valid until the next call of any other method. */
  get written(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Back to `length`, which it had before: empty unless told otherwise. */
  clear(length = 0): void {
    this.#length = length;
  }

  #makeRoom(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(2 * this.#bytes.length, needed));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }

  put(piece: Uint8Array): void {
    const count = piece.length;
    this.#makeRoom(count);
    const bytes = this.#bytes;
    const at = this.#length;
    if (count > SHORT_BYTES) bytes.set(piece, at);
    else for (let i = 0; i < count; i++) bytes[at + i] = piece[i] as number;
    this.#length = at + count;
  }

  putText(text: string): void {
    this.#makeRoom(text.length * CHARACTER_BYTES_MAX);
    this.#length += this.#bytes.write(text, this.#length);
  }

  /** A whole number from 0 on, with at least `digits` digits. */
  putNumber(number: number, digits = 1): void {
    if (number >= TWO_32) {
      this.putText(String(number).padStart(digits, '0'));
      return;
    }
    this.#makeRoom(NUMBER_BYTES_MAX);
    let count = 1;
    for (let rest = number; rest >= 10; rest = (rest / 10) >>> 0) count++;
    if (count < digits) count = digits;
    const bytes = this.#bytes;
    const at = this.#length;
    let rest = number;
    for (let i = at + count - 1; i >= at; i--) {
      const tenth = (rest / 10) >>> 0;
      bytes[i] = 48 + rest - tenth * 10;
      rest = tenth;
    }
    this.#length = at + count;
  }

  putSigned32(bits: number): void {
    const number = bits | 0;
    if (number < 0) this.#putMinus();
    this.putNumber(number < 0 ? -number : number);
  }

  #putMinus(): void {
    this.#makeRoom(1);
    this.#bytes[this.#length++] = 0x2d;
  }

  /** A 64-bit number by its halves, each from 0 on. */
  putLong(low: number, high: number, signed: boolean): void {
    if (high < SAFE_INTEGER_HIGH) this.putNumber(high * TWO_32 + low);
    else if (signed && high === TWO_32 - 1 && low > 0) {
      this.#putMinus();
      this.putNumber(TWO_32 - low);
    } else this.putText(longText(low, high, signed));
  }

  /** UTF-8 as the inside of a JSON string; what is no UTF-8 is replaced as `toString` does. */
  putEscaped(source: Buffer, from: number, end: number): void {
    this.#makeRoom(end - from);
    const bytes = this.#bytes;
    let at = this.#length;
    for (let i = from; i < end; i++) {
      const byte = source[i] as number;
      if (PLAIN[byte] === 0) {
        this.putText(JSON.stringify(source.toString('utf8', from, end)).slice(1, -1));
        return;
      }
      bytes[at++] = byte;
    }
    this.#length = at;
  }
}
