// SPDX-License-Identifier: Apache-2.0
/** Runs small BPF programs: registers, a stack, and one read-only map; enough to compare a program with its specialised form. */
import { compute, decide } from './evaluate.ts';
import {
  ALU_OP,
  BY_REGISTER,
  CALL,
  CLASS,
  EXIT,
  Instructions,
  LD_IMM64,
  LOAD_BYTES,
  PSEUDO,
} from './instruction.ts';

const STEPS_MAX = 10_000;
const STACK_BYTES = 512;
/** Addresses: the stack's end, the map's start. */
const FRAME = 1n << 40n;
const MAP = 1n << 41n;

class Machine {
  readonly #code: Instructions;
  readonly #map: Buffer;
  readonly #stack = Buffer.alloc(STACK_BYTES);
  readonly registers: bigint[];

  constructor(code: Instructions, map: Buffer, inputs: bigint[]) {
    this.#code = code;
    this.#map = map;
    this.registers = [0n, ...inputs, 0n, 0n, 0n, 0n, FRAME];
  }

  register(i: number): bigint {
    return this.registers[i] as bigint;
  }

  second(i: number): bigint {
    return this.#code.op(i) & BY_REGISTER ? this.register(this.#code.src(i)) : BigInt(this.#code.imm(i));
  }

  #bytes(address: bigint, size: number): Buffer {
    const [memory, at] =
      address >= MAP
        ? [this.#map, Number(address - MAP)]
        : [this.#stack, STACK_BYTES + Number(address - FRAME)];
    if (at < 0 || at + size > memory.length) throw new RangeError('outside its memory');
    return memory.subarray(at, at + size);
  }

  load(i: number): void {
    const code = this.#code;
    const size = LOAD_BYTES[code.op(i) & 0x18] as number;
    const bytes = this.#bytes(this.register(code.src(i)) + BigInt(code.off(i)), size);
    this.registers[code.dst(i)] = bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
  }

  store(i: number): void {
    const code = this.#code;
    const size = LOAD_BYTES[code.op(i) & 0x18] as number;
    const bytes = this.#bytes(this.register(code.dst(i)) + BigInt(code.off(i)), size);
    const value = code.class(i) === CLASS.ST ? BigInt(code.imm(i)) : this.register(code.src(i));
    for (let k = 0; k < size; k++) bytes[k] = Number((value >> BigInt(8 * k)) & 255n);
  }

  immediate64(i: number): void {
    const code = this.#code;
    const low = BigInt.asUintN(32, BigInt(code.imm(i)));
    const high = BigInt.asUintN(32, BigInt(code.imm(i + 1)));
    this.registers[code.dst(i)] = code.src(i) === PSEUDO.MAP_VALUE ? MAP + high : (high << 32n) | low;
  }

  /** Does an instruction; where it goes on. */
  step(i: number): number {
    const code = this.#code;
    const kind = code.class(i);
    const op = code.op(i) & 0xf0;
    const dst = code.dst(i);
    if (code.isJump(i)) return code.target(i);
    if (code.isBranch(i))
      return decide(op, kind === CLASS.JMP, this.register(dst), this.second(i)) ? code.target(i) : i + 1;
    if (kind === CLASS.LD) this.immediate64(i);
    else if (kind === CLASS.LDX) this.load(i);
    else if (kind === CLASS.STX || kind === CLASS.ST) this.store(i);
    else
      this.registers[dst] = compute(op, kind === CLASS.ALU64, this.register(dst), this.second(i)) as bigint;
    return i + code.slots(i);
  }
}

/** What r0 holds at the end; `inputs` are r1 to r5. Undefined: it ran too long. */
export function interpret(insns: Buffer, map: Buffer, inputs: bigint[]): bigint | undefined {
  const code = new Instructions(insns);
  const machine = new Machine(code, map, inputs);
  for (let i = 0, steps = 0; steps < STEPS_MAX; steps++) {
    if (code.op(i) === EXIT) return machine.register(0);
    i = machine.step(i);
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
  mapFd: (dst: number, fd: number) =>
    Buffer.concat([insn(LD_IMM64, dst, PSEUDO.MAP_FD, 0, fd), insn(0, 0, 0, 0, 0)]),
  call: (helper: number) => insn(CALL, 0, 0, 0, helper),
  wide: (dst: number, value: bigint) =>
    Buffer.concat([
      insn(LD_IMM64, dst, 0, 0, Number(BigInt.asIntN(32, value))),
      insn(0, 0, 0, 0, Number(BigInt.asIntN(32, value >> 32n))),
    ]),
};
