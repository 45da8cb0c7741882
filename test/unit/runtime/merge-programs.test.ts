// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  CALL,
  INSN_BYTES,
  LD_IMM64,
  PSEUDO_CALL,
  PSEUDO_FUNC,
} from '../../../src/runtime/instruction-codes.ts';
import { type Joint, mergePrograms, type Part } from '../../../src/runtime/merge-programs.ts';
import { asm } from './specialise/interpreter.ts';

const joint: Joint = {
  decides: false,
  types: { entry: 70, part: 71 },
};
const part = (answer: number): Part => ({
  insns: Buffer.concat([asm.mov(0, answer), asm.exit()]),
  functions: [],
});
const callback = asm.wide(1, 1n);
callback[1] = (PSEUDO_FUNC << 4) | 1;

/** Where each call of a function of the program leads. */
function calls(insns: Buffer): number[] {
  const to: number[] = [];
  for (let at = 0; at < insns.length; at += INSN_BYTES) {
    const isCall = insns[at] === CALL && (insns[at + 1] as number) >> 4 === PSEUDO_CALL;
    if (isCall) to.push(at / INSN_BYTES + 1 + insns.readInt32LE(at + 4));
    if (insns[at] === LD_IMM64) at += INSN_BYTES;
  }
  return to;
}

describe('copies merged into one program', () => {
  for (const decides of [false, true])
    it(`are called one after the other, each at its beginning${decides ? ', until one answers' : ''}`, () => {
      const { insns, funcInfo } = mergePrograms([part(1), part(2), part(3)], { ...joint, decides });
      const starts = calls(insns);
      const answers = starts.map((start) => insns.readInt32LE(start * INSN_BYTES + 4));
      assert.deepEqual(answers, [1, 2, 3]);
      assert.equal((starts.at(-1) as number) + 2, insns.length / INSN_BYTES);
      assert.deepEqual(funcInfo, []);
    });

  it('name the types of their functions where one hands a function out', () => {
    const handing: Part = {
      insns: Buffer.concat([callback, asm.exit(), asm.exit()]),
      functions: [
        { insnOff: 0, typeId: 80 },
        { insnOff: 3, typeId: 81 },
      ],
    };
    const { insns, funcInfo } = mergePrograms([part(1), handing], joint);
    const [first = 0, second = 0] = calls(insns);
    assert.deepEqual(funcInfo, [
      { insnOff: 0, typeId: 70 },
      { insnOff: first, typeId: 71 },
      { insnOff: second, typeId: 71 },
      { insnOff: second + 3, typeId: 81 },
    ]);
  });
});
