// SPDX-License-Identifier: Apache-2.0
/** A record where it lies, its numbers by their halves: no object is made of what a line only copies. */
import { STRUCTS } from '../plan/layout.generated.ts';
import type { RecordValue } from './records.ts';

const EVENT = STRUCTS.tg_event.fields;
const EVENT_BYTES = STRUCTS.tg_event.size;
const VALUE = STRUCTS.tg_value.fields;
const VALUE_BYTES = STRUCTS.tg_value.size;
/** `nargs` is a byte. */
const VALUES_MAX = 255;

interface Field {
  offset: number;
}

export class RecordView {
  #batch: Buffer = Buffer.alloc(0);
  #view: DataView = new DataView(new ArrayBuffer(0));
  #at = 0;
  #count = 0;
  readonly #values = new Int32Array(VALUES_MAX);

  get batch(): Buffer {
    return this.#batch;
  }

  /** How many values it has. */
  get count(): number {
    return this.#count;
  }

  /** Turns to a record of a hook. False: its values do not lie within it. */
  turnTo(batch: Buffer, at: number, sizeBytes: number): boolean {
    if (batch !== this.#batch) {
      this.#batch = batch;
      this.#view = new DataView(batch.buffer, batch.byteOffset, batch.length);
    }
    this.#at = at;
    this.#count = this.u8(EVENT.nargs);
    const end = at + sizeBytes;
    let next = at + EVENT_BYTES;
    for (let i = 0; i < this.#count; i++) {
      if (next + VALUE_BYTES > end) return false;
      this.#values[i] = next;
      const bodyEnd = next + VALUE_BYTES + this.#view.getUint32(next + VALUE.len.offset, true);
      if (bodyEnd > end) return false;
      next = (bodyEnd + 7) & ~7;
    }
    return true;
  }

  u8(field: Field): number {
    return this.#view.getUint8(this.#at + field.offset);
  }

  u32(field: Field): number {
    return this.#view.getUint32(this.#at + field.offset, true);
  }

  /** The upper half of 64 bits; `u32` reads the lower. */
  high(field: Field): number {
    return this.#view.getUint32(this.#at + field.offset + 4, true);
  }

  statusOf(i: number): number {
    return this.#view.getUint16((this.#values[i] as number) + VALUE.status.offset, true);
  }

  lowOf(i: number): number {
    return this.#view.getUint32((this.#values[i] as number) + VALUE.number.offset, true);
  }

  highOf(i: number): number {
    return this.#view.getUint32((this.#values[i] as number) + VALUE.number.offset + 4, true);
  }

  /** Where a value's bytes begin in the batch. */
  bodyOf(i: number): number {
    return (this.#values[i] as number) + VALUE_BYTES;
  }

  lengthOf(i: number): number {
    return this.#view.getUint32((this.#values[i] as number) + VALUE.len.offset, true);
  }

  value(i: number): RecordValue {
    const at = this.#values[i] as number;
    const body = this.bodyOf(i);
    return {
      type: this.#view.getUint16(at + VALUE.type.offset, true),
      status: this.statusOf(i),
      number: this.#view.getBigUint64(at + VALUE.number.offset, true),
      bytes: this.#batch.subarray(body, body + this.lengthOf(i)),
    };
  }
}
