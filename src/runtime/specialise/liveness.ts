// SPDX-License-Identifier: Apache-2.0
/** Which registers are read later, after each instruction: what writes only others has no effect. */
import { ALU_OP, BY_REGISTER, CLASS, EXIT, type Instructions, LD_IMM64, MODE_ATOMIC } from './instruction.ts';

const bit = (register: number) => 1 << register;
/** r1 to r5: how many of them a helper or a subprogram takes is not looked up. */
const ARGUMENTS = 0b111110;
const SCRATCH = ARGUMENTS | bit(0);

interface Effect {
  reads: number;
  writes: number;
  /** it does nothing but write its register */
  pure: boolean;
}

function aluEffect(code: Instructions, i: number): Effect {
  const op = code.op(i) & 0xf0;
  const dst = bit(code.dst(i));
  const unary = op === ALU_OP.NEG || op === ALU_OP.END;
  const second = code.op(i) & BY_REGISTER && !unary ? bit(code.src(i)) : 0;
  return { reads: second | (op === ALU_OP.MOV ? 0 : dst), writes: dst, pure: true };
}

function effect(code: Instructions, i: number): Effect {
  const dst = bit(code.dst(i));
  const src = bit(code.src(i));
  switch (code.class(i)) {
    case CLASS.ALU:
    case CLASS.ALU64:
      return aluEffect(code, i);
    case CLASS.LDX:
      return { reads: src, writes: dst, pure: true };
    case CLASS.LD:
      return { reads: 0, writes: dst, pure: code.op(i) === LD_IMM64 };
    case CLASS.ST:
      return { reads: dst, writes: 0, pure: false };
    case CLASS.STX: {
      const atomic = (code.op(i) & 0xe0) === MODE_ATOMIC;
      return { reads: dst | src | (atomic ? bit(0) : 0), writes: 0, pure: false };
    }
    default:
      return jumpEffect(code, i);
  }
}

function jumpEffect(code: Instructions, i: number): Effect {
  if (code.isCall(i)) return { reads: ARGUMENTS, writes: SCRATCH, pure: false };
  if (code.op(i) === EXIT) return { reads: bit(0), writes: 0, pure: false };
  if (code.isJump(i)) return { reads: 0, writes: 0, pure: false };
  const second = code.op(i) & BY_REGISTER ? bit(code.src(i)) : 0;
  return { reads: bit(code.dst(i)) | second, writes: 0, pure: false };
}

/** Of the reachable instructions (in order), those that do more than write what nothing reads. */
export function keptOf(code: Instructions, reachable: readonly number[]): number[] {
  const liveBefore = new Int32Array(code.count + 1);
  const effects = reachable.map((i) => effect(code, i));
  const next = reachable.map((i) => code.successors(i));
  const liveAfter = (k: number) => {
    let live = 0;
    for (const to of next[k] as number[]) live |= liveBefore[to] as number;
    return live;
  };
  for (let changed = true; changed; ) {
    changed = false;
    for (let k = reachable.length - 1; k >= 0; k--) {
      const { reads, writes, pure } = effects[k] as Effect;
      const after = liveAfter(k);
      // what writes only dead registers reads nothing that matters
      const live = pure && !(after & writes) ? after : (after & ~writes) | reads;
      if (live === liveBefore[reachable[k] as number]) continue;
      liveBefore[reachable[k] as number] = live;
      changed = true;
    }
  }
  return reachable.filter((_, k) => {
    const { writes, pure } = effects[k] as Effect;
    return !pure || (liveAfter(k) & writes) !== 0;
  });
}
