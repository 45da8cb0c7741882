// SPDX-License-Identifier: Apache-2.0
/** A structure of the shared layout in a buffer, its fields by name. */
import { STRUCTS } from '../../plan/layout.generated.ts';

type Structs = typeof STRUCTS;
type FieldOf<S extends keyof Structs> = keyof Structs[S]['fields'] & string;
interface Place {
  offset: number;
  size: number;
  count: number;
}

export interface StructView<S extends keyof Structs> {
  /** of up to 32 bits */
  number(field: FieldOf<S>): number;
  big(field: FieldOf<S>): bigint;
  signedBig(field: FieldOf<S>): bigint;
  bytes(field: FieldOf<S>): Buffer;
  /** up to its first zero byte */
  text(field: FieldOf<S>): string;
  numbers(field: FieldOf<S>): number[];
  /** where a structure inside of it begins */
  at(field: FieldOf<S>): number;
}

export function viewOf<S extends keyof Structs>(name: S, buffer: Buffer, at: number): StructView<S> {
  const fields = STRUCTS[name].fields as unknown as Record<string, Place>;
  const place = (field: string) => fields[field] as Place;
  const bytes = (field: string) => {
    const { offset, size, count } = place(field);
    return buffer.subarray(at + offset, at + offset + size * count);
  };
  return {
    number: (field) => buffer.readUIntLE(at + place(field).offset, place(field).size),
    big: (field) => buffer.readBigUInt64LE(at + place(field).offset),
    signedBig: (field) => buffer.readBigInt64LE(at + place(field).offset),
    bytes,
    text: (field) => {
      const found = bytes(field);
      const end = found.indexOf(0);
      return found.toString('utf8', 0, end < 0 ? found.length : end);
    },
    numbers: (field) => {
      const { offset, size, count } = place(field);
      return Array.from({ length: count }, (_, i) => buffer.readUIntLE(at + offset + i * size, size));
    },
    at: (field) => at + place(field).offset,
  };
}
