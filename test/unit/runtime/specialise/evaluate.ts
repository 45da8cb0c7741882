// SPDX-License-Identifier: Apache-2.0
/** What BPF operations and conditions give for constants; undefined for those this does not know. */
import { ALU_OP, JUMP_OP } from './instruction.ts';

const u64 = (v: bigint) => BigInt.asUintN(64, v);
const s64 = (v: bigint) => BigInt.asIntN(64, v);
const u32 = (v: bigint) => BigInt.asUintN(32, v);
const s32 = (v: bigint) => BigInt.asIntN(32, v);

/** An ALU operation on 64 (wide) or 32 bits; the result is unsigned, and zero-extended from 32 bits. */
export function compute(op: number, wide: boolean, a: bigint, b: bigint): bigint | undefined {
  const cut = wide ? u64 : u32;
  const shift = b & (wide ? 63n : 31n);
  const x = cut(a);
  const y = cut(b);
  switch (op) {
    case ALU_OP.ADD:
      return cut(x + y);
    case ALU_OP.SUB:
      return cut(x - y);
    case ALU_OP.MUL:
      return cut(x * y);
    case ALU_OP.OR:
      return x | y;
    case ALU_OP.AND:
      return x & y;
    case ALU_OP.XOR:
      return x ^ y;
    case ALU_OP.LSH:
      return cut(x << shift);
    case ALU_OP.RSH:
      return x >> shift;
    case ALU_OP.ARSH:
      return cut((wide ? s64(x) : s32(x)) >> shift);
    case ALU_OP.NEG:
      return cut(-x);
    case ALU_OP.MOV:
      return y;
    default:
      return undefined;
  }
}

/** Whether a branch on 64 (wide) or 32 bits is taken. */
export function decide(op: number, wide: boolean, a: bigint, b: bigint): boolean | undefined {
  const [x, y] = wide ? [u64(a), u64(b)] : [u32(a), u32(b)];
  const [sx, sy] = wide ? [s64(a), s64(b)] : [s32(a), s32(b)];
  switch (op) {
    case JUMP_OP.EQ:
      return x === y;
    case JUMP_OP.NE:
      return x !== y;
    case JUMP_OP.GT:
      return x > y;
    case JUMP_OP.GE:
      return x >= y;
    case JUMP_OP.LT:
      return x < y;
    case JUMP_OP.LE:
      return x <= y;
    case JUMP_OP.SET:
      return (x & y) !== 0n;
    case JUMP_OP.SGT:
      return sx > sy;
    case JUMP_OP.SGE:
      return sx >= sy;
    case JUMP_OP.SLT:
      return sx < sy;
    case JUMP_OP.SLE:
      return sx <= sy;
    default:
      return undefined;
  }
}
