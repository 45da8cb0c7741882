// SPDX-License-Identifier: Apache-2.0
/**
 * A template's instructions with a hook's frozen configuration put in: loads of constants become constants, branches
 * that only go one way go, what is never reached or read is left out. The verifier would walk the same paths, but the
 * kernel keeps every load and every constant that fed a branch; those are most of what a short program executes.
 * The result still passes the verifier, so a mistake here cannot make a program unsafe; that it selects the same calls
 * is what the matcher's comparison in the lab shows.
 */

import { compact } from './compact.ts';
import { Analysis, type Config, type Shape } from './constants.ts';
import { ALU_OP, BY_REGISTER, CLASS, Instructions, JUMP } from './instruction.ts';
import { keptOf } from './liveness.ts';
import type { State } from './state.ts';

const S32_MIN = -(2n ** 31n);
const S32_MAX = 2n ** 31n - 1n;
const U32_MAX = 2n ** 32n - 1n;
const U64_MAX = 2n ** 64n - 1n;

const MOV64 = CLASS.ALU64 | ALU_OP.MOV;
const MOV32 = CLASS.ALU | ALU_OP.MOV;

const fits = (signed: bigint) => signed >= S32_MIN && signed <= S32_MAX;

class Rewriting {
  readonly code: Instructions;
  readonly analysis: Analysis;
  /** in the template's order */
  readonly reachable: number[] = [];
  /** instructions that become a 64-bit constant, of two slots */
  readonly wide = new Map<number, bigint>();
  /** the template's instructions, each rewritten in its place; the wide ones stand as an assignment of 0 */
  readonly result: Instructions;

  constructor(shape: Shape, config: Config) {
    this.code = shape.code;
    this.analysis = new Analysis(shape, config);
    this.result = new Instructions(this.code);
    this.analysis.forEach((i, state) => {
      this.reachable.push(i);
      this.#instruction(i, state);
    });
    this.reachable.sort((a, b) => a - b);
  }

  #instruction(i: number, state: State): void {
    const kind = this.code.class(i);
    const alu = kind === CLASS.ALU || kind === CLASS.ALU64;
    const given = alu || kind === CLASS.LDX ? this.analysis.result(i, state) : undefined;
    if (typeof given === 'bigint') this.#constant(i, given);
    else if (alu) this.#alu(i, state);
    else if (this.code.isBranch(i)) this.#branch(i, state);
  }

  #branch(i: number, state: State): void {
    const to = this.analysis.successors(i, state);
    if (to.length === 1) this.result.set(i, JUMP, 0, 0, (to[0] as number) - i - 1, 0);
    else this.#operand(i, state);
  }

  #constant(i: number, value: bigint): void {
    const dst = this.code.dst(i);
    const signed = BigInt.asIntN(64, value);
    if (fits(signed)) this.result.set(i, MOV64, dst, 0, 0, Number(signed));
    else if (value <= U32_MAX) this.result.set(i, MOV32, dst, 0, 0, Number(BigInt.asIntN(32, value)));
    else {
      this.result.set(i, MOV64, dst, 0, 0, 0);
      this.wide.set(i, value);
    }
  }

  #alu(i: number, state: State): void {
    const { code } = this;
    const op = code.op(i) & 0xf0;
    if (op === ALU_OP.END || op === ALU_OP.NEG || code.off(i) !== 0) return;
    // a mask of all bits: what is masked, unchanged
    const all =
      code.class(i) === CLASS.ALU64 && op === ALU_OP.AND && state.registers[code.dst(i)] === U64_MAX;
    if (all && code.op(i) & BY_REGISTER)
      this.result.set(i, MOV64 | BY_REGISTER, code.dst(i), code.src(i), 0, 0);
    else this.#operand(i, state);
  }

  /** A register operand that is a small constant becomes the immediate. */
  #operand(i: number, state: State): void {
    const { code } = this;
    if (!(code.op(i) & BY_REGISTER)) return;
    const value = state.registers[code.src(i)];
    if (typeof value !== 'bigint') return;
    const narrow = code.class(i) === CLASS.ALU || code.class(i) === CLASS.JMP32;
    const signed = BigInt.asIntN(narrow ? 32 : 64, value);
    if (fits(signed))
      this.result.set(i, code.op(i) & ~BY_REGISTER, code.dst(i), 0, code.off(i), Number(signed));
  }
}

export interface Specialised {
  insns: Buffer;
  /** where an instruction of the template now is; undefined: left out */
  placeOf(templateInsn: number): number | undefined;
}

/** `config.fd` is the map by which the template's instructions name their configuration. */
export function specialise(template: Shape, config: Config): Specialised {
  const { result, reachable, wide } = new Rewriting(template, config);
  const kept = keptOf(result, reachable);
  const { insns, placeOf } = compact(result, kept, wide);
  const reached = new Set(reachable);
  return { insns, placeOf: (i) => (reached.has(i) ? placeOf(i) : undefined) };
}
