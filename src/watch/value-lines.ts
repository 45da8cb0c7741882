// SPDX-License-Identifier: Apache-2.0
/**
 * The JSON of one value, written from where it lies. What stands around it is cut from what `showArgument` makes of a
 * marked value, so that there is one description of its shape; a type without a way of its own goes through `showArgument`.
 */
import { randomBytes, randomInt } from 'node:crypto';
import { TG_VALUE_STATUS } from '../plan/layout.generated.ts';
import { showArgument, showArguments, showReturn } from './arguments.ts';
import type { LineBuffer } from './line-buffer.ts';
import type { RecordView } from './record-view.ts';

/** Nobody outside knows them, so no label and no path holds one. */
const TEXT_MARK = randomBytes(16).toString('hex');
const NUMBER_MARK = randomInt(1_000_000_000, 2_000_000_000);

type Form = 'text' | 's32' | 'u32' | 's64' | 'u64' | 'path';

// biome-ignore format: a table is read in rows
const FORMS: Readonly<Record<string, Form>> = {
  string: 'text', filename: 'text', net_device: 'text', data_loc: 'text',
  int: 's32', int16: 's32', int8: 's32', uint32: 'u32', uint16: 'u32', uint8: 'u32', int64: 's64', uint64: 'u64', size_t: 'u64',
  file: 'path', fd: 'path', path: 'path', dentry: 'path', kiocb: 'path', linux_binprm: 'path',
};

/** Writes the i-th value of a record. */
export type PutValue = (record: RecordView, i: number, out: LineBuffer) => void;

interface Around {
  before: Uint8Array;
  behind: Uint8Array;
}

function around(type: string, label: string | undefined, number: bigint, status = 0): Around | undefined {
  const value = { type: 0, status, number, bytes: Buffer.from(TEXT_MARK) };
  const mark = number === BigInt(NUMBER_MARK) ? String(NUMBER_MARK) : TEXT_MARK;
  const [before, behind, ...more] = JSON.stringify(showArgument(type, value, label)).split(mark);
  if (before === undefined || behind === undefined || more.length > 0) return undefined;
  return { before: Buffer.from(before), behind: Buffer.from(behind) };
}

function anyValue(type: string, label: string | undefined): PutValue {
  return (record, i, out) => {
    const shown = showArguments(type, record.value(i), label);
    out.putText(shown.map((one) => JSON.stringify(one)).join(','));
  };
}

/** Writes a number that is given by its halves, each from 0 on. */
export type PutNumber = (low: number, high: number, out: LineBuffer) => void;

function putNumber(form: Form, low: number, high: number, out: LineBuffer): void {
  if (form === 's32') out.putSigned32(low);
  else if (form === 'u32') out.putNumber(low);
  else out.putLong(low, high, form === 's64');
}

function textWith({ before, behind }: Around, any: PutValue): PutValue {
  return (record, i, out) => {
    if (record.statusOf(i) !== TG_VALUE_STATUS.TG_V_READ) {
      any(record, i, out);
      return;
    }
    out.put(before);
    out.putEscaped(record.batch, record.bodyOf(i), record.bodyOf(i) + record.lengthOf(i));
    out.put(behind);
  };
}

function numberWith({ before, behind }: Around, form: Form, any: PutValue): PutValue {
  return (record, i, out) => {
    if (record.statusOf(i) !== TG_VALUE_STATUS.TG_V_READ) {
      any(record, i, out);
      return;
    }
    out.put(before);
    putNumber(form, record.lowOf(i), record.highOf(i), out);
    out.put(behind);
  };
}

export function returnWriter(type: string): PutNumber {
  const form = FORMS[type];
  const isNumber = form !== undefined && form !== 'text' && form !== 'path';
  const parts = isNumber ? around(type, undefined, BigInt(NUMBER_MARK)) : undefined;
  if (!isNumber || !parts)
    return (low, high, out) =>
      out.putText(JSON.stringify(showReturn(type, BigInt.asIntN(64, (BigInt(high) << 32n) | BigInt(low)))));
  return (low, high, out) => {
    out.put(parts.before);
    putNumber(form, low, high, out);
    out.put(parts.behind);
  };
}

/** Modes of files and what is missing of paths come in few kinds. */
const PATH_KINDS_MAX = 256;

function pathWith(type: string, label: string | undefined, any: PutValue): PutValue {
  const kinds = new Map<number, Around | undefined>();
  const kindOf = (mode: number, status: number): Around | undefined => {
    const kind = mode * 2 + Number(status === TG_VALUE_STATUS.TG_V_PARTIAL);
    const known = kinds.get(kind);
    if (known) return known;
    const parts = around(type, label, BigInt(mode) << 32n, status);
    if (kinds.size < PATH_KINDS_MAX) kinds.set(kind, parts);
    return parts;
  };
  return (record, i, out) => {
    const status = record.statusOf(i);
    const isRead = status === TG_VALUE_STATUS.TG_V_READ || status === TG_VALUE_STATUS.TG_V_PARTIAL;
    const parts = isRead && record.lengthOf(i) > 0 ? kindOf(record.highOf(i), status) : undefined;
    if (!parts) {
      any(record, i, out);
      return;
    }
    out.put(parts.before);
    out.putEscaped(record.batch, record.bodyOf(i), record.bodyOf(i) + record.lengthOf(i));
    out.put(parts.behind);
  };
}

/** `type` is the policy's canonical type name. */
export function valueWriter(type: string, label?: string): PutValue {
  const any = anyValue(type, label);
  const form = FORMS[type];
  if (form === undefined) return any;
  if (form === 'path') return pathWith(type, label, any);
  const parts = around(type, label, form === 'text' ? 0n : BigInt(NUMBER_MARK));
  if (!parts) return any;
  return form === 'text' ? textWith(parts, any) : numberWith(parts, form, any);
}
