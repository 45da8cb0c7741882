// SPDX-License-Identifier: Apache-2.0
/** Runs small BPF programs: registers, a stack, and one read-only map; enough to compare a program with its specialised form. */
import { compute, decide } from '../../../../src/runtime/specialise/evaluate.ts';
import {
  ALU_OP,
  BY_REGISTER,
  CLASS,
  EXIT,
  Instructions,
  LD_IMM64,
  LOAD_BYTES,
  PSEUDO,
} from '../../../../src/runtime/specialise/instruction.ts';

const STEPS_MAX = 10_000;
const STACK_BYTES = 512;
/** Addresses: the stack's end, the map's start. */
const FRAME = 1n << 40n;
const MAP = 1n << 41n;

/** What r0 holds at the end; `inputs` are r1 to r5. Undefined: it ran too long, or left its memory. */
export function interpret(insns: Buffer, map: Buffer, inputs: bigint[]): bigint | undefined {
  const code = new Instructions(insns);
  const stack = Buffer.alloc(STACK_BYTES);
  const registers = [0n, ...inputs, 0n, 0n, 0n, 0n, FRAME].slice(0, 11);
  const place = (address: bigint): { memory: Buffer; at: number } =>
    address >= MAP
      ? { memory: map, at: Number(address - MAP) }
      : { memory: stack, at: STACK_BYTES + Number(address - FRAME) };
  for (let i = 0, steps = 0; steps < STEPS_MAX; steps++) {
    const op = code.op(i);
    const kind = code.class(i);
    const dst = code.dst(i);
    const second = op & BY_REGISTER ? (registers[code.src(i)] as bigint) : BigInt(code.imm(i));
    if (op === EXIT) return registers[0];
    if (op === LD_IMM64) {
      const high = BigInt.asUintN(32, BigInt(code.imm(i + 1)));
      registers[dst] =
        code.src(i) === PSEUDO.MAP_VALUE
          ? MAP + high
          : (high << 32n) | BigInt.asUintN(32, BigInt(code.imm(i)));
      i += 2;
      continue;
    }
    if (kind === CLASS.JMP || kind === CLASS.JMP32) {
      const taken = code.isJump(i) || decide(op & 0xf0, kind === CLASS.JMP, registers[dst] as bigint, second);
      i = taken ? code.target(i) : i + 1;
      continue;
    }
    if (kind === CLASS.ALU || kind === CLASS.ALU64)
      registers[dst] = compute(op & 0xf0, kind === CLASS.ALU64, registers[dst] as bigint, second) as bigint;
    const size = LOAD_BYTES[op & 0x18] as number;
    if (kind === CLASS.LDX) {
      const { memory, at } = place((registers[code.src(i)] as bigint) + BigInt(code.off(i)));
      if (at < 0 || at + size > memory.length) return undefined;
      let value = 0n;
      for (let k = size - 1; k >= 0; k--) value = (value << 8n) | BigInt(memory[at + k] as number);
      registers[dst] = value;
    }
    if (kind === CLASS.STX || kind === CLASS.ST) {
      const { memory, at } = place((registers[dst] as bigint) + BigInt(code.off(i)));
      if (at < 0 || at + size > memory.length) return undefined;
      const value = BigInt.asUintN(
        64,
        kind === CLASS.ST ? BigInt(code.imm(i)) : (registers[code.src(i)] as bigint),
      );
      for (let k = 0; k < size; k++) memory[at + k] = Number((value >> BigInt(8 * k)) & 255n);
    }
    i++;
  }
  return undefined;
}

const insn = (op: number, dst: number, src: number, off: number, imm: number): Buffer => {
  const code = new Instructions(Buffer.alloc(8));
  code.set(0, op, dst, src, off, imm);
  return code.bytes();
};

/** Spells instructions. */
export const asm = {
  mov: (dst: number, imm: number) => insn(CLASS.ALU64 | ALU_OP.MOV, dst, 0, 0, imm),
  copy: (dst: number, src: number) => insn(CLASS.ALU64 | ALU_OP.MOV | BY_REGISTER, dst, src, 0, 0),
  alu: (op: number, dst: number, imm: number, narrow = false) =>
    insn((narrow ? CLASS.ALU : CLASS.ALU64) | op, dst, 0, 0, imm),
  aluBy: (op: number, dst: number, src: number, narrow = false) =>
    insn((narrow ? CLASS.ALU : CLASS.ALU64) | op | BY_REGISTER, dst, src, 0, 0),
  branch: (op: number, dst: number, imm: number, off: number, narrow = false) =>
    insn((narrow ? CLASS.JMP32 : CLASS.JMP) | op, dst, 0, off, imm),
  branchBy: (op: number, dst: number, src: number, off: number) =>
    insn(CLASS.JMP | op | BY_REGISTER, dst, src, off, 0),
  jump: (off: number) => insn(CLASS.JMP, 0, 0, off, 0),
  exit: () => insn(EXIT, 0, 0, 0, 0),
  /** `size` as in an opcode: 0x18 eight bytes, 0x00 four, 0x08 two, 0x10 one */
  load: (size: number, dst: number, src: number, off: number) =>
    insn(CLASS.LDX | 0x60 | size, dst, src, off, 0),
  store: (size: number, dst: number, src: number, off: number) =>
    insn(CLASS.STX | 0x60 | size, dst, src, off, 0),
  mapAddress: (dst: number, fd: number, offset: number) =>
    Buffer.concat([insn(LD_IMM64, dst, PSEUDO.MAP_VALUE, 0, fd), insn(0, 0, 0, 0, offset)]),
  wide: (dst: number, value: bigint) =>
    Buffer.concat([
      insn(LD_IMM64, dst, 0, 0, Number(BigInt.asIntN(32, value))),
      insn(0, 0, 0, 0, Number(BigInt.asIntN(32, value >> 32n))),
    ]),
};
