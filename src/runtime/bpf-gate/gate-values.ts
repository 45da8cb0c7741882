// SPDX-License-Identifier: Apache-2.0
/** The gate's maps and records, as bpf/include/layout_gate.h has them. */
import type { InodeFact } from '../../model/inode.ts';
import { STRUCTS, TG_GATE_HELD } from '../../plan/layout.generated.ts';

/** Who asks, as verdicts are filed. */
export interface GateCase {
  loader: number;
  place: number;
  otherUser: boolean;
}

export function caseKey({ loader, place, otherUser }: GateCase): Buffer {
  const f = STRUCTS.tg_gate_case.fields;
  const key = Buffer.alloc(STRUCTS.tg_gate_case.size);
  key.writeUInt32LE(loader, f.loader.offset);
  key.writeUInt8(place, f.place.offset);
  key.writeUInt8(Number(otherUser), f.other_user.offset);
  return key;
}

export function fileKey({ ino, device, generation }: InodeFact): Buffer {
  const f = STRUCTS.tg_gate_file.fields;
  const key = Buffer.alloc(STRUCTS.tg_gate_file.size);
  key.writeBigUInt64LE(BigInt(ino), f.ino.offset);
  key.writeUInt32LE(device, f.dev.offset);
  key.writeUInt32LE(generation, f.generation.offset);
  return key;
}

export interface AdmittedLoader {
  number: number;
  uids: readonly number[];
  /** of the file's last change before it was read */
  ctimeNs: bigint;
  /** the next agent runs it */
  successor?: boolean;
}

export function loaderValue({ number, uids, ctimeNs, successor = false }: AdmittedLoader): Buffer {
  const f = STRUCTS.tg_gate_loader.fields;
  const value = Buffer.alloc(STRUCTS.tg_gate_loader.size);
  value.writeBigInt64LE(ctimeNs, f.ctime_ns.offset);
  value.writeUInt32LE(number, f.number.offset);
  value.writeUInt32LE(uids.length, f.uid_count.offset);
  value.writeUInt32LE(Number(successor), f.successor.offset);
  for (const [k, uid] of uids.entries()) value.writeUInt32LE(uid, f.uids.offset + 4 * k);
  return value;
}

/** Nobody has opened the file for writing since it was read. */
export const isKnown = (value: Buffer): boolean =>
  value.readUInt32LE(STRUCTS.tg_gate_loader.fields.held.offset) === TG_GATE_HELD.TG_GH_KNOWN;

export function ownKey(kind: number, id: number): Buffer {
  const f = STRUCTS.tg_gate_own.fields;
  const key = Buffer.alloc(STRUCTS.tg_gate_own.size);
  key.writeUInt32LE(kind, f.kind.offset);
  key.writeUInt32LE(id, f.id.offset);
  return key;
}

export interface GateEvent {
  bootNs: bigint;
  startBootNs: bigint;
  cgroupId: bigint;
  exe: InodeFact;
  ctimeNs: bigint;
  tgid: number;
  tid: number;
  uid: number;
  loader: number;
  command: number;
  programType: number;
  attachType: number;
  target: number;
  objectId: number;
  kind: number;
  rule: number;
  denied: boolean;
  state: number;
  place: number;
  asked: number;
  otherUser: boolean;
  /** the host's own init, or a thread of the kernel */
  essential: boolean;
  comm: string;
  name: string;
  path?: string;
}

const F = STRUCTS.tg_gate_event.fields;
const EVENT_BYTES = STRUCTS.tg_gate_event.size;

function text(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.toString('utf8', 0, end < 0 ? bytes.length : end);
}

/** The records of a batch, in their order. */
export function gateEvents(batch: Buffer): GateEvent[] {
  const events: GateEvent[] = [];
  for (let at = 0; at + EVENT_BYTES <= batch.length; ) {
    const one = batch.subarray(at);
    const pathBytes = one.readUInt32LE(F.path_bytes.offset);
    events.push(gateEvent(one, pathBytes));
    at += (EVENT_BYTES + pathBytes + 7) & ~7;
  }
  return events;
}

function gateEvent(one: Buffer, pathBytes: number): GateEvent {
  const u32 = (field: { offset: number }) => one.readUInt32LE(field.offset);
  const u64 = (field: { offset: number }) => one.readBigUInt64LE(field.offset);
  const u8 = (field: { offset: number }) => one.readUInt8(field.offset);
  return {
    ...{ bootNs: u64(F.boot_ns), startBootNs: u64(F.start_boot_ns), cgroupId: u64(F.cgroup) },
    exe: { ino: String(u64(F.ino)), device: u32(F.dev), generation: u32(F.generation) },
    ctimeNs: one.readBigInt64LE(F.ctime_ns.offset),
    ...{ tgid: u32(F.tgid), tid: u32(F.tid), uid: u32(F.uid), loader: u32(F.loader) },
    ...{ command: u32(F.command), programType: u32(F.prog_type), attachType: u32(F.attach_type) },
    ...{ target: u32(F.target), objectId: u32(F.object_id), kind: u8(F.kind), rule: u8(F.rule) },
    ...{ denied: u8(F.denied) !== 0, state: u8(F.state), place: u8(F.place), asked: u8(F.asked) },
    ...{ otherUser: u8(F.other_user) !== 0, essential: u8(F.essential) !== 0 },
    comm: text(one.subarray(F.comm.offset, F.comm.offset + 16)),
    name: text(one.subarray(F.name.offset, F.name.offset + 16)),
    ...(pathBytes > 0 && { path: one.toString('utf8', EVENT_BYTES, EVENT_BYTES + pathBytes) }),
  };
}
