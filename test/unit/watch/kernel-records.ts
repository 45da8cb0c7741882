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

function only(fields: Record<string, number | bigint>, of: Fields): Record<string, number | bigint> {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => name in of));
}

/**
 * One record, its fields by their names in C: the header, the part that exec, fork and exit have behind it, and the
 * values behind that.
 */
export function recordBytes(fields: Record<string, number | bigint>, values: ValueSpec[] = []): Buffer {
  const { tg_event: header, tg_process: part } = STRUCTS;
  const tail = values.map(({ type = TG_TYPE.TG_T_S64, status = 0, number = 0n, bytes = Buffer.alloc(0) }) => {
    const head = Buffer.alloc(STRUCTS.tg_value.size);
    write(head, STRUCTS.tg_value.fields, { type, status, number, len: bytes.length });
    return aligned(Buffer.concat([head, bytes]));
  });
  const kind = fields.kind ?? TG_KIND.TG_K_HOOK;
  const process = Buffer.alloc(kind === TG_KIND.TG_K_HOOK ? 0 : part.size);
  if (process.length > 0) write(process, part.fields, only(fields, part.fields));
  const size = header.size + process.length + tail.reduce((sum, bytes) => sum + bytes.length, 0);
  const head = Buffer.alloc(header.size);
  const counted = { kind, size_bytes: size, nargs: values.length };
  write(head, header.fields, { ...counted, ...only(fields, header.fields) });
  return aligned(Buffer.concat([head, process, ...tail]));
}

export function sockBytes(fields: Record<string, number | bigint>, saddr: Buffer, daddr: Buffer): Buffer {
  const layout = STRUCTS.tg_sock_value;
  const bytes = Buffer.alloc(layout.size);
  write(bytes, layout.fields as Fields, fields);
  saddr.copy(bytes, layout.fields.saddr.offset);
  daddr.copy(bytes, layout.fields.daddr.offset);
  return bytes;
}
