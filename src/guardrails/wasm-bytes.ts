// SPDX-License-Identifier: Apache-2.0
/** A cursor over a wasm binary; reading past the end throws. */
export class Bytes {
  readonly bytes: Uint8Array;
  at: number;

  constructor(bytes: Uint8Array, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  atEnd(): boolean {
    return this.at >= this.bytes.length;
  }

  byte(): number {
    const value = this.bytes[this.at++];
    if (value === undefined) throw new RangeError('the wasm module ends in the middle');
    return value;
  }

  take(length: number): Uint8Array {
    const end = this.at + length;
    if (end > this.bytes.length) throw new RangeError('the wasm module ends in the middle');
    const taken = this.bytes.subarray(this.at, end);
    this.at = end;
    return taken;
  }

  /** An unsigned LEB128 of 32 bits. */
  u32(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new RangeError('a number in the wasm module is too long');
  }

  /** Any LEB128 up to 64 bits, its value not needed. */
  skipLeb(): void {
    for (let length = 0; length < 10; length++) if (this.byte() < 0x80) return;
    throw new RangeError('a number in the wasm module is too long');
  }
}

/** LEB128 of a non-negative number; `signed` leaves room for the sign bit. */
export function leb(value: number, sign: 'unsigned' | 'signed' = 'unsigned'): number[] {
  const bytes: number[] = [];
  const last = sign === 'signed' ? 0x40 : 0x80;
  let rest = value;
  while (rest >= last) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  return [...bytes, rest];
}
