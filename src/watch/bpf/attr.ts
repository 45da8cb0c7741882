// SPDX-License-Identifier: Apache-2.0
/** What bpf(2) was asked for: union bpf_attr, by the command. Places of include/uapi/linux/bpf.h, which never move. */
import type { BpfSignature } from '../../model/bpf.ts';
import { attachTypeName, commandNumber, mapTypeName, programTypeName } from '../../model/bpf-names.ts';

export const COMMAND = {
  mapCreate: commandNumber('MAP_CREATE'),
  progLoad: commandNumber('PROG_LOAD'),
  objPin: commandNumber('OBJ_PIN'),
  objGet: commandNumber('OBJ_GET'),
  progAttach: commandNumber('PROG_ATTACH'),
  progDetach: commandNumber('PROG_DETACH'),
  rawTracepointOpen: commandNumber('RAW_TRACEPOINT_OPEN'),
  mapFreeze: commandNumber('MAP_FREEZE'),
  linkCreate: commandNumber('LINK_CREATE'),
  linkUpdate: commandNumber('LINK_UPDATE'),
  linkDetach: commandNumber('LINK_DETACH'),
  progBindMap: commandNumber('PROG_BIND_MAP'),
  enableStats: commandNumber('ENABLE_STATS'),
  tokenCreate: commandNumber('TOKEN_CREATE'),
  progQuery: commandNumber('PROG_QUERY'),
  mapDelete: commandNumber('MAP_DELETE_ELEM'),
} as const;

const u32 = (attr: Buffer, at: number) => attr.readUInt32LE(at);

function text(attr: Buffer, at: number, bytes: number): string {
  const end = attr.indexOf(0, at);
  return attr.toString('utf8', at, end < 0 ? at + bytes : Math.min(end, at + bytes));
}

const F_TOKEN = 1 << 16;
const F_SLEEPABLE = 1 << 4;

/** Of include/linux/verification.h: 0 to here are the kernel's own; others are serial numbers, or stand for the caller's. */
const SYSTEM_KEYRING_LAST = 2;
const keyringOf = (id: number) => (id >= 0 && id <= SYSTEM_KEYRING_LAST ? 'system' : 'user');

export interface LoadAsked {
  type: string;
  name: string;
  insns: number;
  attachType: string;
  sleepable?: true;
  /** delegated to a user namespace by the owner of a BPF file system */
  token?: true;
  /** it came with a signature of its instructions, by a key of such a keyring */
  signed?: Exclude<BpfSignature, 'none'>;
}

export function loadAsked(attr: Buffer): LoadAsked {
  const flags = u32(attr, 44);
  return {
    type: programTypeName(u32(attr, 0)),
    name: text(attr, 48, 16),
    insns: u32(attr, 4),
    attachType: attachTypeName(u32(attr, 68)),
    ...(flags & F_SLEEPABLE && { sleepable: true as const }),
    ...(flags & F_TOKEN && { token: true as const }),
    ...(attr.readBigUInt64LE(152) !== 0n && { signed: keyringOf(attr.readInt32LE(164)) }),
  };
}

export function mapAsked(attr: Buffer) {
  return {
    type: mapTypeName(u32(attr, 0)),
    name: text(attr, 28, 16),
    keyBytes: u32(attr, 4),
    valueBytes: u32(attr, 8),
    maxEntries: u32(attr, 12),
  };
}

export const attachTypeAsked = (attr: Buffer): string => attachTypeName(u32(attr, 8));
export const attachTypeQueried = (attr: Buffer): string => attachTypeName(u32(attr, 4));
export const linkTargetAsked = (attr: Buffer): number => u32(attr, 4);
export const attachFlagsAsked = (attr: Buffer): number => u32(attr, 12);
