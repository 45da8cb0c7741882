// SPDX-License-Identifier: Apache-2.0
/** What is known to be constant at one point of a program: the registers, and the stack slots the compiler spills to. */
import { REGISTERS } from './instruction.ts';

/** A 64-bit constant (unsigned), an address in the configuration map, or unknown. */
export type Value = bigint | { configOffset: number } | undefined;

interface Slot {
  sizeBytes: number;
  value: Value;
}

export function sameValue(a: Value, b: Value): boolean {
  if (typeof a === 'object' && typeof b === 'object') return a.configOffset === b.configOffset;
  return a === b;
}

export class State {
  readonly registers: Value[];
  /** by their distance from the frame pointer (negative) */
  readonly slots: Map<number, Slot>;

  constructor(
    registers: Value[] = new Array<Value>(REGISTERS).fill(undefined),
    slots: Map<number, Slot> = new Map(),
  ) {
    this.registers = registers;
    this.slots = slots;
  }

  copy(): State {
    return new State(this.registers.slice(), new Map(this.slots));
  }

  store(offset: number, sizeBytes: number, value: Value): void {
    for (let at = offset - 7; at < offset + sizeBytes; at++) {
      const slot = this.slots.get(at);
      if (slot && at + slot.sizeBytes > offset) this.slots.delete(at);
    }
    if (value !== undefined) this.slots.set(offset, { sizeBytes, value });
  }

  load(offset: number, sizeBytes: number): Value {
    const slot = this.slots.get(offset);
    return slot?.sizeBytes === sizeBytes ? slot.value : undefined;
  }

  /** Keeps what `other` knows as well; true when that was less than before. */
  meet(other: State): boolean {
    let less = false;
    for (let r = 0; r < REGISTERS; r++) {
      if (this.registers[r] === undefined || sameValue(this.registers[r], other.registers[r])) continue;
      this.registers[r] = undefined;
      less = true;
    }
    for (const [offset, { sizeBytes, value }] of this.slots) {
      if (sameValue(value, other.load(offset, sizeBytes))) continue;
      this.slots.delete(offset);
      less = true;
    }
    return less;
  }
}
