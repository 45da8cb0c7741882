// SPDX-License-Identifier: Apache-2.0
import type { Bytes } from './wasm-bytes.ts';

/** What follows an opcode, one letter each: u = LEB128, b = byte. Ranges are inclusive. */
const IMMEDIATES: readonly [from: number, to: number, layout: string][] = [
  [0x00, 0x01, ''], // unreachable, nop
  [0x02, 0x04, 'u'], // block, loop, if: a block type is one signed LEB128
  [0x05, 0x05, ''], // else
  [0x0b, 0x0b, ''], // end
  [0x0c, 0x0d, 'u'], // br, br_if
  [0x0f, 0x0f, ''], // return
  [0x10, 0x10, 'u'], // call
  [0x11, 0x11, 'uu'], // call_indirect
  [0x1a, 0x1b, ''], // drop, select
  [0x20, 0x26, 'u'], // variables and tables
  [0x28, 0x3e, 'uu'], // loads and stores: alignment, offset
  [0x3f, 0x40, 'b'], // memory.size, memory.grow
  [0x41, 0x42, 'u'], // i32.const, i64.const
  [0x43, 0x43, 'bbbb'], // f32.const
  [0x44, 0x44, 'bbbbbbbb'], // f64.const
  [0x45, 0xc4, ''], // comparison, arithmetic, conversion, sign extension
];

/** After 0xfc: saturating conversion and bulk memory. */
const PREFIXED = ['', '', '', '', '', '', '', '', 'ub', 'u', 'bb', 'b'];
const OP_BR_TABLE = 0x0e;
const OP_PREFIX = 0xfc;

const LAYOUT: readonly (string | undefined)[] = Array.from(
  { length: 256 },
  (_, opcode) => IMMEDIATES.find(([from, to]) => opcode >= from && opcode <= to)?.[2],
);

/** Moves behind one instruction and returns its opcode; an unknown one throws, for its length is unknown too. */
export function skipInstruction(bytes: Bytes): number {
  const opcode = bytes.byte();
  if (opcode === OP_BR_TABLE) {
    for (let labels = bytes.u32(); labels >= 0; labels--) bytes.skipLeb();
    return opcode;
  }
  const layout = opcode === OP_PREFIX ? PREFIXED[bytes.u32()] : LAYOUT[opcode];
  if (layout === undefined) throw new Error(`wasm instruction 0x${opcode.toString(16)} is not known`);
  for (const part of layout) {
    if (part === 'u') bytes.skipLeb();
    else bytes.byte();
  }
  return opcode;
}
