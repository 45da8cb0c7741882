// SPDX-License-Identifier: Apache-2.0
/** BTF written by hand: a header, types, strings. */

export interface TypeSpec {
  name?: string;
  kind: number;
  /** number of members; the rest of `info` is 0 */
  count?: number;
  sizeOrType?: number;
  /** 32-bit words behind the header; a text stands for its offset */
  words?: (number | string)[];
  bitfields?: boolean;
}

export function btfBlob(types: TypeSpec[]): Buffer {
  const offsets = new Map<string, number>([['', 0]]);
  let strings = '\0';
  const offsetOf = (text: string): number => {
    const known = offsets.get(text);
    if (known !== undefined) return known;
    const at = strings.length;
    offsets.set(text, at);
    strings += `${text}\0`;
    return at;
  };
  const words = types.flatMap(({ name = '', kind, count = 0, sizeOrType = 0, words = [], bitfields }) => [
    offsetOf(name),
    ((kind << 24) | count | (bitfields ? 1 << 31 : 0)) >>> 0,
    sizeOrType,
    ...words.map((w) => (typeof w === 'string' ? offsetOf(w) : w)),
  ]);
  const header = Buffer.alloc(24);
  header.writeUInt16LE(0xeb9f, 0);
  header.writeUInt8(1, 2);
  header.writeUInt32LE(24, 4);
  header.writeUInt32LE(0, 8);
  header.writeUInt32LE(words.length * 4, 12);
  header.writeUInt32LE(words.length * 4, 16);
  header.writeUInt32LE(strings.length, 20);
  const body = Buffer.alloc(words.length * 4);
  for (const [i, w] of words.entries()) body.writeUInt32LE(w >>> 0, i * 4);
  return Buffer.concat([header, body, Buffer.from(strings, 'latin1')]);
}
