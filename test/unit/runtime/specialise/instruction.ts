// SPDX-License-Identifier: Apache-2.0
/** BPF instructions in a buffer (eight bytes each: opcode, registers, s16 offset, s32 immediate) and their parts. */

export const INSN_BYTES = 8;

/** The low three bits of an opcode. */
export const CLASS = { LD: 0, LDX: 1, ST: 2, STX: 3, ALU: 4, JMP: 5, JMP32: 6, ALU64: 7 } as const;
/** BPF_LD | BPF_DW | BPF_IMM: a 64-bit constant over two instructions; its source register says what it stands for. */
export const LD_IMM64 = 0x18;
export const PSEUDO = { MAP_FD: 1, MAP_VALUE: 2, CALL: 1, FUNC: 4 } as const;
/** BPF_JMP | BPF_CALL, BPF_JMP | BPF_EXIT, BPF_JMP | BPF_JA */
export const CALL = 0x85;
export const EXIT = 0x95;
export const JUMP = 0x05;
/** The second operand is the source register, not the immediate. */
export const BY_REGISTER = 0x08;
/** BPF_MEM loads; others (sign-extending, atomic) are left alone. */
export const MODE_MEM = 0x60;
export const MODE_ATOMIC = 0xc0;
export const ALU_OP = {
  ADD: 0x00,
  SUB: 0x10,
  MUL: 0x20,
  OR: 0x40,
  AND: 0x50,
  LSH: 0x60,
  RSH: 0x70,
  NEG: 0x80,
  XOR: 0xa0,
  MOV: 0xb0,
  ARSH: 0xc0,
  END: 0xd0,
} as const;
export const JUMP_OP = {
  EQ: 0x10,
  GT: 0x20,
  GE: 0x30,
  SET: 0x40,
  NE: 0x50,
  SGT: 0x60,
  SGE: 0x70,
  LT: 0xa0,
  LE: 0xb0,
  SLT: 0xc0,
  SLE: 0xd0,
} as const;
export const REGISTERS = 11;
export const FRAME_POINTER = 10;
/** By the size bits (0x18) of a load's opcode. */
export const LOAD_BYTES: Record<number, number> = { 0: 4, 8: 2, 16: 1, 24: 8 };

/** A program's instructions, decoded. */
export class Instructions {
  readonly count: number;
  readonly #ops: Uint8Array;
  readonly #registers: Uint8Array;
  readonly #offs: Int16Array;
  readonly #imms: Int32Array;

  constructor(from: Buffer | Instructions) {
    if (from instanceof Instructions) {
      this.count = from.count;
      this.#ops = from.#ops.slice();
      this.#registers = from.#registers.slice();
      this.#offs = from.#offs.slice();
      this.#imms = from.#imms.slice();
      return;
    }
    this.count = from.length / INSN_BYTES;
    this.#ops = new Uint8Array(this.count);
    this.#registers = new Uint8Array(this.count);
    this.#offs = new Int16Array(this.count);
    this.#imms = new Int32Array(this.count);
    for (let i = 0; i < this.count; i++) {
      const at = i * INSN_BYTES;
      this.#ops[i] = from[at] as number;
      this.#registers[i] = from[at + 1] as number;
      this.#offs[i] = from.readInt16LE(at + 2);
      this.#imms[i] = from.readInt32LE(at + 4);
    }
  }

  op(i: number): number {
    return this.#ops[i] as number;
  }
  class(i: number): number {
    return this.op(i) & 7;
  }
  dst(i: number): number {
    return (this.#registers[i] as number) & 15;
  }
  src(i: number): number {
    return (this.#registers[i] as number) >> 4;
  }
  off(i: number): number {
    return this.#offs[i] as number;
  }
  imm(i: number): number {
    return this.#imms[i] as number;
  }
  /** How many slots the instruction takes. */
  slots(i: number): 1 | 2 {
    return this.op(i) === LD_IMM64 ? 2 : 1;
  }

  set(i: number, op: number, dst: number, src: number, off: number, imm: number): void {
    this.#ops[i] = op;
    this.#registers[i] = dst | (src << 4);
    this.#offs[i] = off;
    this.#imms[i] = imm;
  }

  /** Writes one slot's eight bytes. */
  write(i: number, into: Buffer, at: number): void {
    into[at] = this.op(i);
    into[at + 1] = this.#registers[i] as number;
    into.writeInt16LE(this.off(i), at + 2);
    into.writeInt32LE(this.imm(i), at + 4);
  }

  bytes(): Buffer {
    const all = Buffer.alloc(this.count * INSN_BYTES);
    for (let i = 0; i < this.count; i++) this.write(i, all, i * INSN_BYTES);
    return all;
  }

  isCall(i: number): boolean {
    return this.op(i) === CALL;
  }
  callsSubprogram(i: number): boolean {
    return this.op(i) === CALL && this.src(i) === PSEUDO.CALL;
  }
  namesSubprogram(i: number): boolean {
    return this.op(i) === LD_IMM64 && this.src(i) === PSEUDO.FUNC;
  }
  /** A jump with a condition. */
  isBranch(i: number): boolean {
    const kind = this.class(i);
    const op = this.op(i);
    return (kind === CLASS.JMP || kind === CLASS.JMP32) && op !== CALL && op !== EXIT && (op & 0xf0) !== 0;
  }
  /** Where a jump or branch leads. */
  target(i: number): number {
    // BPF_JMP32 | BPF_JA has its distance in the immediate
    if (this.class(i) === CLASS.JMP32 && (this.op(i) & 0xf0) === 0) return i + 1 + this.imm(i);
    return i + 1 + this.off(i);
  }
  isJump(i: number): boolean {
    const kind = this.class(i);
    return (kind === CLASS.JMP || kind === CLASS.JMP32) && (this.op(i) & 0xf0) === 0;
  }
  /** Where control can go from an instruction, whatever the operands. */
  successors(i: number): number[] {
    if (this.op(i) === EXIT) return [];
    if (this.isJump(i)) return [this.target(i)];
    return this.isBranch(i) ? [i + 1, this.target(i)] : [i + this.slots(i)];
  }
}
