// SPDX-License-Identifier: Apache-2.0
/** Batches of ring-buffer bytes → records, by the layouts generated from the C header. */
import { STRUCTS, TG_EVENT_FLAG, TG_KIND } from '../plan/layout.generated.ts';

const EVENT = STRUCTS.tg_event.fields;
const EVENT_BYTES = STRUCTS.tg_event.size;
const PROCESS = STRUCTS.tg_process.fields;
const PROCESS_BYTES = STRUCTS.tg_process.size;
const VALUE = STRUCTS.tg_value.fields;
const VALUE_BYTES = STRUCTS.tg_value.size;

export interface RecordValue {
  /** TG_TYPE code */
  type: number;
  /** TG_VALUE_STATUS code, and above the last the hop of a route that led nowhere */
  status: number;
  number: bigint;
  bytes: Buffer;
}

/** What only exec, fork and exit tell; a hook's record has the empty values. */
interface ProcessPart {
  auid: number;
  parentTgid: number;
  parentStartBootNs: bigint;
  exitCode: number;
}

export interface KernelRecord extends ProcessPart {
  kind: 'hook' | 'exec' | 'exit' | 'fork' | 'cgroup';
  bootNs: bigint;
  tgid: number;
  tid: number;
  uid: number;
  startBootNs: bigint;
  hookId: number;
  generation: number;
  selector: number;
  action: number;
  spared: number;
  denied: boolean;
  killed: boolean;
  returned?: bigint;
  /** the process is the one that the socket belongs to; this one made the call */
  seenIn?: { tgid: number; tid: number };
  /** nobody has told whose container it is in */
  unplaced?: true;
  /** a value of the program: overwritten, or not although it should be */
  set?: boolean;
  /** of a process: its cgroup tells too much, and this is not told */
  throttled?: true;
  values: RecordValue[];
}

const KINDS: Record<number, KernelRecord['kind']> = {
  [TG_KIND.TG_K_HOOK]: 'hook',
  [TG_KIND.TG_K_EXEC]: 'exec',
  [TG_KIND.TG_K_EXIT]: 'exit',
  [TG_KIND.TG_K_FORK]: 'fork',
  [TG_KIND.TG_K_CGROUP]: 'cgroup',
};

const headBytes = (kind: KernelRecord['kind']) => EVENT_BYTES + (kind === 'hook' ? 0 : PROCESS_BYTES);
const align8 = (n: number) => (n + 7) & ~7;

function valuesOf(batch: Buffer, from: number, end: number, count: number): RecordValue[] {
  const values: RecordValue[] = [];
  for (let at = from; values.length < count && at + VALUE_BYTES <= end; ) {
    const length = batch.readUInt32LE(at + VALUE.len.offset);
    const body = at + VALUE_BYTES;
    values.push({
      type: batch.readUInt16LE(at + VALUE.type.offset),
      status: batch.readUInt16LE(at + VALUE.status.offset),
      number: batch.readBigUInt64LE(at + VALUE.number.offset),
      bytes: batch.subarray(body, Math.min(body + length, end)),
    });
    if (body + length > end) break; // it claims more than its record has
    at = align8(body + length);
  }
  return values;
}

const NO_PROCESS_PART: ProcessPart = {
  auid: 0xffffffff,
  parentTgid: 0,
  parentStartBootNs: 0n,
  exitCode: 0,
};

function processPartAt(batch: Buffer, at: number): ProcessPart {
  return {
    auid: batch.readUInt32LE(at + PROCESS.auid.offset),
    parentTgid: batch.readUInt32LE(at + PROCESS.parent_tgid.offset),
    parentStartBootNs: batch.readBigUInt64LE(at + PROCESS.parent_start_boot_ns.offset),
    exitCode: batch.readInt32LE(at + PROCESS.exit_code.offset),
  };
}

/** `at` and `size` as `eachRecord` gives them. */
export function recordAt(batch: Buffer, at: number, size: number, kind: KernelRecord['kind']): KernelRecord {
  const u8 = (f: { offset: number }) => batch.readUInt8(at + f.offset);
  const u32 = (f: { offset: number }) => batch.readUInt32LE(at + f.offset);
  const u64 = (f: { offset: number }) => batch.readBigUInt64LE(at + f.offset);
  const flags = u8(EVENT.flags);
  return {
    kind,
    bootNs: u64(EVENT.boot_ns),
    tgid: u32(EVENT.tgid),
    tid: u32(EVENT.tid),
    uid: u32(EVENT.uid),
    startBootNs: u64(EVENT.start_boot_ns),
    hookId: u32(EVENT.hook_id),
    generation: u32(EVENT.generation),
    selector: u8(EVENT.selector),
    action: u8(EVENT.action),
    spared: u8(EVENT.spared),
    denied: u8(EVENT.denied) !== 0,
    killed: u8(EVENT.killed) !== 0,
    ...(u8(EVENT.has_ret) !== 0 && { returned: batch.readBigInt64LE(at + EVENT.ret.offset) }),
    ...((flags & (TG_EVENT_FLAG.TG_E_SET | TG_EVENT_FLAG.TG_E_NOT_SET)) !== 0 && {
      set: (flags & TG_EVENT_FLAG.TG_E_SET) !== 0,
    }),
    ...((flags & TG_EVENT_FLAG.TG_E_UNPLACED) !== 0 && { unplaced: true }),
    ...((flags & TG_EVENT_FLAG.TG_E_TRACKED) !== 0 && {
      seenIn: { tgid: u32(EVENT.seen_tgid), tid: u32(EVENT.seen_tid) },
    }),
    ...((flags & TG_EVENT_FLAG.TG_E_THROTTLED) !== 0 && { throttled: true }),
    ...(kind === 'hook' ? NO_PROCESS_PART : processPartAt(batch, at + EVENT_BYTES)),
    values: valuesOf(batch, at + headBytes(kind), at + size, u8(EVENT.nargs)),
  };
}

/** Each record's place in a batch; how many did not read as one: the rest behind it is skipped. */
export function eachRecord(
  batch: Buffer,
  onRecord: (at: number, sizeBytes: number, kind: KernelRecord['kind']) => void,
): number {
  for (let at = 0; at < batch.length; ) {
    if (at + EVENT_BYTES > batch.length) return 1;
    const size = batch.readUInt32LE(at + EVENT.size_bytes.offset);
    const kind = KINDS[batch.readUInt16LE(at + EVENT.kind.offset)];
    if (!kind || size < headBytes(kind) || at + size > batch.length) return 1;
    onRecord(at, size, kind);
    at += align8(size);
  }
  return 0;
}

/** The records of one batch. `malformed` counts what did not read as a record. */
export function decodeBatch(batch: Buffer): { records: KernelRecord[]; malformed: number } {
  const records: KernelRecord[] = [];
  const malformed = eachRecord(batch, (at, size, kind) => records.push(recordAt(batch, at, size, kind)));
  return { records, malformed };
}
