// SPDX-License-Identifier: Apache-2.0
/** Batches as the kernel programs write them, made with the generated layout. */
import { STRUCTS, TG_KIND, TG_TYPE } from '../../../src/plan/layout.generated.ts';

export interface ValueSpec {
  type?: number;
  status?: number;
  number?: bigint;
  bytes?: Buffer;
}

type Fields = Record<string, { offset: number; size: number; signed: boolean }>;

function write(bytes: Buffer, fields: Fields, values: Record<string, number | bigint>): void {
  for (const [name, value] of Object.entries(values)) {
    const field = fields[name];
    if (!field) throw new Error(`the layout has no ${name}`);
    const wide = BigInt.asUintN(field.size * 8, BigInt(value));
    for (let i = 0; i < field.size; i++) bytes[field.offset + i] = Number((wide >> BigInt(8 * i)) & 255n);
  }
}

const aligned = (bytes: Buffer): Buffer => Buffer.concat([bytes, Buffer.alloc(-bytes.length & 7)]);

/** One record: the header's fields by their names in C, and the values behind it. */
export function recordBytes(fields: Record<string, number | bigint>, values: ValueSpec[] = []): Buffer {
  const tail = values.map(({ type = TG_TYPE.TG_T_S64, status = 0, number = 0n, bytes = Buffer.alloc(0) }) => {
    const head = Buffer.alloc(STRUCTS.tg_value.size);
    write(head, STRUCTS.tg_value.fields, { type, status, number, len: bytes.length });
    return aligned(Buffer.concat([head, bytes]));
  });
  const size = STRUCTS.tg_event.size + tail.reduce((sum, part) => sum + part.length, 0);
  const head = Buffer.alloc(STRUCTS.tg_event.size);
  write(head, STRUCTS.tg_event.fields, {
    ...{ kind: TG_KIND.TG_K_HOOK, size_bytes: size, nargs: values.length },
    ...fields,
  });
  return aligned(Buffer.concat([head, ...tail]));
}

export function sockBytes(fields: Record<string, number | bigint>, saddr: Buffer, daddr: Buffer): Buffer {
  const layout = STRUCTS.tg_sock_value;
  const bytes = Buffer.alloc(layout.size);
  write(bytes, layout.fields as Fields, fields);
  saddr.copy(bytes, layout.fields.saddr.offset);
  daddr.copy(bytes, layout.fields.daddr.offset);
  return bytes;
}
