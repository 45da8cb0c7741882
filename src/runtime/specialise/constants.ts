// SPDX-License-Identifier: Apache-2.0
/**
 * What is constant at each reachable point, given the frozen configuration: conditional constant propagation (Wegman
 * and Zadeck's, without the SSA form), block by block. A branch on two constants leads one way only; what no path
 * reaches has no state.
 */
import { compute, decide } from './evaluate.ts';
import {
  ALU_OP,
  BY_REGISTER,
  CLASS,
  EXIT,
  FRAME_POINTER,
  Instructions,
  LD_IMM64,
  LOAD_BYTES,
  MODE_ATOMIC,
  MODE_MEM,
  PSEUDO,
} from './instruction.ts';
import { State, type Value } from './state.ts';

/** The frozen map that the code reads its configuration through. */
export interface Config {
  fd: number;
  bytes: Buffer;
}

const sizeOf = (op: number) => LOAD_BYTES[op & 0x18] as number;
const isMemory = (op: number) => (op & 0xe0) === MODE_MEM;

/**
 * Below this distance from the frame pointer lie only the compiler's own spill slots: no object whose address is taken
 * begins there, so nothing but the stores one sees writes to them. Undefined: an address is taken in a way not understood.
 */
function spillsBelow(code: Instructions): number | undefined {
  let lowest = 0;
  for (let i = 0; i < code.count; i += code.slots(i)) {
    const kind = code.class(i);
    if (kind === CLASS.STX && code.src(i) === FRAME_POINTER) return undefined;
    if ((kind !== CLASS.ALU64 && kind !== CLASS.ALU) || !(code.op(i) & BY_REGISTER)) continue;
    if (code.src(i) !== FRAME_POINTER) continue;
    const added = i + 1 < code.count && code.op(i + 1) === (CLASS.ALU64 | ALU_OP.ADD);
    if (code.op(i) !== (CLASS.ALU64 | ALU_OP.MOV | BY_REGISTER) || !added) return undefined;
    if (code.dst(i + 1) !== code.dst(i)) return undefined;
    lowest = Math.min(lowest, code.imm(i + 1));
  }
  return lowest;
}

/** Where a jump leads, and what follows one: blocks begin there. */
function leadersOf(code: Instructions): Uint8Array {
  const leaders = new Uint8Array(code.count + 1);
  for (let i = 0; i < code.count; i += code.slots(i)) {
    if (code.isBranch(i) || code.isJump(i)) leaders[code.target(i)] = leaders[i + 1] = 1;
    if (code.callsSubprogram(i) || code.namesSubprogram(i)) leaders[i + 1 + code.imm(i)] = 1;
  }
  return leaders;
}

/** What holds for a template whatever its configuration. */
export interface Shape {
  code: Instructions;
  leaders: Uint8Array;
  spillsBelow: number;
}

export function shapeOf(insns: Buffer): Shape {
  const code = new Instructions(insns);
  return { code, leaders: leadersOf(code), spillsBelow: spillsBelow(code) ?? Number.NEGATIVE_INFINITY };
}

export class Analysis {
  readonly #code: Instructions;
  readonly #config: Config;
  readonly #shape: Shape;
  /** at the start of each reachable block */
  readonly blocks = new Map<number, State>();

  constructor(shape: Shape, config: Config) {
    this.#shape = shape;
    this.#code = shape.code;
    this.#config = config;
    this.#run();
  }

  /** The second operand of an ALU or branch instruction. */
  operand(i: number, state: State): Value {
    const code = this.#code;
    return code.op(i) & BY_REGISTER ? state.registers[code.src(i)] : BigInt(code.imm(i));
  }

  /** Where control goes from an instruction. */
  successors(i: number, state: State): number[] {
    const code = this.#code;
    if (!code.isBranch(i)) return code.successors(i);
    const a = state.registers[code.dst(i)];
    const b = this.operand(i, state);
    if (typeof a !== 'bigint' || typeof b !== 'bigint') return code.successors(i);
    const taken = decide(code.op(i) & 0xf0, code.class(i) === CLASS.JMP, a, b);
    if (taken === undefined) return code.successors(i);
    return [taken ? code.target(i) : i + 1];
  }

  /** What an instruction that writes its register gives. */
  result(i: number, state: State): Value {
    switch (this.#code.class(i)) {
      case CLASS.ALU:
      case CLASS.ALU64:
        return this.#alu(i, state);
      case CLASS.LDX:
        return this.#loaded(i, state);
      default:
        return this.#immediate64(i);
    }
  }

  /** Carries `state` over an instruction. */
  step(i: number, state: State): void {
    const code = this.#code;
    switch (code.class(i)) {
      case CLASS.ST:
      case CLASS.STX:
        this.#store(i, state);
        return;
      case CLASS.JMP:
      case CLASS.JMP32:
        if (code.isCall(i)) state.registers.fill(undefined, 0, 6);
        return;
      default:
        state.registers[code.dst(i)] = this.result(i, state);
    }
  }

  #store(i: number, state: State): void {
    const code = this.#code;
    const op = code.op(i);
    const atomic = (op & 0xe0) === MODE_ATOMIC;
    // fetching forms write the source register, compare-and-exchange writes r0
    if (atomic) state.registers[code.src(i)] = state.registers[0] = undefined;
    if (code.dst(i) !== FRAME_POINTER) return;
    const offset = code.off(i);
    const size = sizeOf(op);
    const ours = !atomic && offset + size <= this.#shape.spillsBelow;
    state.store(offset, size, ours ? this.#stored(i, size, state) : undefined);
  }

  #stored(i: number, sizeBytes: number, state: State): Value {
    const code = this.#code;
    const value = code.class(i) === CLASS.ST ? BigInt(code.imm(i)) : state.registers[code.src(i)];
    if (typeof value === 'bigint') return BigInt.asUintN(8 * sizeBytes, value);
    return sizeBytes === 8 ? value : undefined;
  }

  #loaded(i: number, state: State): Value {
    const code = this.#code;
    if (!isMemory(code.op(i))) return undefined;
    const size = sizeOf(code.op(i));
    if (code.src(i) === FRAME_POINTER) return state.load(code.off(i), size);
    const address = state.registers[code.src(i)];
    if (typeof address !== 'object') return undefined;
    const at = address.configOffset + code.off(i);
    const { bytes } = this.#config;
    if (at < 0 || at + size > bytes.length) return undefined;
    return size === 8 ? bytes.readBigUInt64LE(at) : BigInt(bytes.readUIntLE(at, size));
  }

  #immediate64(i: number): Value {
    const code = this.#code;
    if (code.op(i) !== LD_IMM64) return undefined;
    if (code.src(i) === PSEUDO.MAP_VALUE && code.imm(i) === this.#config.fd)
      return { configOffset: code.imm(i + 1) };
    if (code.src(i) !== 0) return undefined;
    return (BigInt.asUintN(32, BigInt(code.imm(i + 1))) << 32n) | BigInt.asUintN(32, BigInt(code.imm(i)));
  }

  #alu(i: number, state: State): Value {
    const code = this.#code;
    if (code.off(i) !== 0) return undefined; // sign-extending moves, signed division
    const wide = code.class(i) === CLASS.ALU64;
    const op = code.op(i) & 0xf0;
    const a = state.registers[code.dst(i)];
    const b = this.operand(i, state);
    if (op === ALU_OP.MOV && wide && typeof b !== 'bigint') return b;
    if (typeof b !== 'bigint') return undefined;
    if (op === ALU_OP.MOV) return compute(op, wide, 0n, b);
    if (typeof a === 'object')
      return op === ALU_OP.ADD && wide
        ? { configOffset: a.configOffset + Number(BigInt.asIntN(64, b)) }
        : undefined;
    return a === undefined ? undefined : compute(op, wide, a, b);
  }

  #run(): void {
    const code = this.#code;
    const { leaders } = this.#shape;
    const work = [0];
    this.blocks.set(0, new State());
    const reach = (at: number, state: State) => {
      const known = this.blocks.get(at);
      if (!known) this.blocks.set(at, state.copy());
      else if (!known.meet(state)) return;
      work.push(at);
    };
    for (let at = work.pop(); at !== undefined; at = work.pop()) {
      const state = (this.blocks.get(at) as State).copy();
      for (let i = at; ; i += code.slots(i)) {
        // a subprogram begins with nothing known
        if (code.callsSubprogram(i) || code.namesSubprogram(i)) reach(i + 1 + code.imm(i), new State());
        const next = i + code.slots(i);
        if (!code.isBranch(i) && !code.isJump(i) && code.op(i) !== EXIT && !leaders[next]) {
          this.step(i, state);
          continue;
        }
        const to = this.successors(i, state);
        this.step(i, state);
        for (const at of to) reach(at, state);
        break;
      }
    }
  }

  /** Every reachable instruction with the state before it. */
  forEach(visit: (i: number, state: State) => void): void {
    const code = this.#code;
    for (const [at, start] of this.blocks) {
      const state = start.copy();
      for (let i = at; ; ) {
        const ends = code.isBranch(i) || code.isJump(i) || code.op(i) === EXIT;
        visit(i, state);
        this.step(i, state);
        i += code.slots(i);
        if (ends || this.#shape.leaders[i]) break;
      }
    }
  }
}
