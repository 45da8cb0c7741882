// SPDX-License-Identifier: Apache-2.0
/** One argument of an event, in the one-of members of Tetragon's KprobeArgument. */
import { isReturnedObject } from '../model/language/arg-types.ts';
import { ipv6Text } from '../model/networks.ts';
import { FAMILIES, PROTOCOLS, STATES } from '../model/socket-names.ts';
import { STRUCTS, TG_VALUE_STATUS } from '../plan/layout.generated.ts';
import { SHOW_OBJECT } from './objects.ts';
import type { RecordValue } from './records.ts';

type Shown = Record<string, unknown>;

const SOCK = STRUCTS.tg_sock_value.fields;
// biome-ignore format: a table is read in rows
const SOCKET_TYPES: Record<number, string> = {
  1: 'SOCK_STREAM', 2: 'SOCK_DGRAM', 3: 'SOCK_RAW', 4: 'SOCK_RDM', 5: 'SOCK_SEQPACKET', 6: 'SOCK_DCCP', 10: 'SOCK_PACKET',
};
function omitZero(fields: Record<string, unknown>): Shown {
  return Object.fromEntries(Object.entries(fields).filter(([, v]) => v !== 0 && v !== '' && v !== undefined));
}

function address(family: number, bytes: Buffer): string | undefined {
  if (family === 2) return [...bytes.subarray(0, 4)].join('.');
  if (family === 10) return ipv6Text(bytes);
  return undefined;
}

function sock(bytes: Buffer): Shown {
  const u16 = (f: { offset: number }) => bytes.readUInt16LE(f.offset);
  const family = u16(SOCK.family);
  return {
    sock_arg: omitZero({
      family: FAMILIES.get(family) ?? String(family),
      type: SOCKET_TYPES[u16(SOCK.type)] ?? String(u16(SOCK.type)),
      protocol: PROTOCOLS.get(u16(SOCK.protocol)) ?? String(u16(SOCK.protocol)),
      mark: bytes.readUInt32LE(SOCK.mark.offset),
      priority: bytes.readUInt32LE(SOCK.priority.offset),
      saddr: address(family, bytes.subarray(SOCK.saddr.offset)),
      daddr: address(family, bytes.subarray(SOCK.daddr.offset)),
      sport: u16(SOCK.sport),
      dport: u16(SOCK.dport),
      cookie: bytes.readBigUInt64LE(SOCK.cookie.offset).toString(),
      state: STATES.get(u16(SOCK.state)) ?? String(u16(SOCK.state)),
    }),
  };
}

function skb(bytes: Buffer): Shown {
  const u16 = (f: { offset: number }) => bytes.readUInt16LE(f.offset);
  const family = u16(SOCK.family);
  const protocol = u16(SOCK.protocol);
  const ip = family !== 0;
  return {
    skb_arg: omitZero({
      hash: bytes.readUInt32LE(SOCK.cookie.offset),
      len: bytes.readUInt32LE(SOCK.cookie.offset + 4),
      priority: bytes.readUInt32LE(SOCK.priority.offset),
      mark: bytes.readUInt32LE(SOCK.mark.offset),
      saddr: address(family, bytes.subarray(SOCK.saddr.offset)),
      daddr: address(family, bytes.subarray(SOCK.daddr.offset)),
      sport: u16(SOCK.sport),
      dport: u16(SOCK.dport),
      proto: protocol,
      protocol: ip ? (PROTOCOLS.get(protocol) ?? String(protocol)) : undefined,
      family: ip ? (FAMILIES.get(family) ?? String(family)) : undefined,
    }),
  };
}

function sockaddr(bytes: Buffer): Shown {
  const family = bytes.readUInt16LE(SOCK.family.offset);
  return {
    sockaddr_arg: omitZero({
      family: FAMILIES.get(family) ?? String(family),
      addr: address(family, bytes.subarray(SOCK.saddr.offset)),
      port: bytes.readUInt16LE(SOCK.sport.offset),
    }),
  };
}

const ABSTRACT = 0x10000;
const LONG_BYTES = 8;

/** An abstract name begins with a sign that no path begins with. */
function unixAddress({ number, bytes }: RecordValue): Shown {
  const family = Number(number & 0xffffn);
  const path = `${Number(number) & ABSTRACT ? '@' : ''}${bytes.toString('utf8')}`;
  return { sockaddrun_arg: omitZero({ family: FAMILIES.get(family) ?? String(family), path }) };
}

// biome-ignore format: a table is read in rows
const TYPE_LETTERS = new Map([
  [0o140000, 's'], [0o120000, 'l'], [0o100000, '-'], [0o060000, 'b'], [0o040000, 'd'], [0o020000, 'c'], [0o010000, 'p'],
]);

/** `-rw-r--r--`, from an inode's mode. */
export function permissionText(mode: number): string {
  const bits = Array.from({ length: 9 }, (_, i) => (mode & (1 << (8 - i)) ? 'rwx'[i % 3] : '-'));
  return (TYPE_LETTERS.get(mode & 0o170000) ?? '?') + bits.join('');
}

function path(member: 'file_arg' | 'path_arg' | 'linux_binprm_arg', value: RecordValue): Shown {
  const mode = Number(value.number >> 32n);
  return {
    [member]: omitZero({
      path: value.bytes.toString('utf8') || '/',
      flags: value.status === TG_VALUE_STATUS.TG_V_PARTIAL ? 'unresolvedPathComponents' : '',
      permission: mode ? permissionText(mode) : '',
    }),
  };
}

function bytesArg(value: RecordValue): Shown {
  const bytes_arg = value.bytes.toString('base64');
  return Number(value.number) > value.bytes.length
    ? { truncated_bytes_arg: { bytes_arg, orig_size: value.number.toString() } }
    : { bytes_arg };
}

const text = (value: RecordValue): Shown => ({ string_arg: value.bytes.toString('utf8') });
const int32 = (value: RecordValue): Shown => ({ int_arg: Number(BigInt.asIntN(32, value.number)) });
const uint32 = (value: RecordValue): Shown => ({ uint_arg: Number(BigInt.asUintN(32, value.number)) });
const uint64 = (value: RecordValue): Shown => ({ size_arg: BigInt.asUintN(64, value.number).toString() });

// biome-ignore format: a table is read in rows
const SHOW: Record<string, (value: RecordValue) => Shown> = {
  int: int32, int16: int32, int8: int32, uint32, uint16: uint32, uint8: uint32, uint64, size_t: uint64,
  int64: (value) => ({ long_arg: BigInt.asIntN(64, value.number).toString() }),
  string: text, filename: text, char_buf: bytesArg,
  file: (value) => path('file_arg', value), fd: (value) => path('file_arg', value), path: (value) => path('path_arg', value),
  dentry: (value) => path('path_arg', value), kiocb: (value) => path('file_arg', value), linux_binprm: (value) => path('linux_binprm_arg', value),
  sockaddr_un: unixAddress, data_loc: text, char_iovec: bytesArg, const_buf: bytesArg,
  net_device: text, iov_iter: bytesArg, ...SHOW_OBJECT,
  sock: (value) => sock(value.bytes), socket: (value) => sock(value.bytes), skb: (value) => skb(value.bytes), sockaddr: (value) => sockaddr(value.bytes),
};

/** Why there is no value, in Tetragon's words. */
function readError({ status }: RecordValue): string | undefined {
  if (status > TG_VALUE_STATUS.TG_V_LOST)
    return `Bad address encountered during resolve dereference at depth ${status - TG_VALUE_STATUS.TG_V_LOST}`;
  return status === TG_VALUE_STATUS.TG_V_BAD ? 'Bad address for basic type' : undefined;
}

/** `type` is the policy's canonical type name. */
export function showArgument(type: string, value: RecordValue, label?: string): Shown {
  const error = readError(value);
  const shown = error ? { error_arg: { Message: error } } : (SHOW[type] ?? text)(value);
  return label === undefined ? shown : { ...shown, label };
}

/** An array of a tracepoint is told as its members, one behind another. */
export function showArguments(type: string, value: RecordValue, label?: string): Shown[] {
  const count = Math.floor(value.bytes.length / LONG_BYTES);
  if (type !== 'const_buf' || count === 0) return [showArgument(type, value, label)];
  return Array.from({ length: count }, (_, i) => ({
    size_arg: value.bytes.readBigUInt64LE(i * LONG_BYTES).toString(),
  }));
}

/** `object`: what the returned pointer led to, where the type is one of an object. */
export function showReturn(type: string, returned: bigint, object?: RecordValue): Shown {
  const status = isReturnedObject(type) ? TG_VALUE_STATUS.TG_V_BAD : TG_VALUE_STATUS.TG_V_READ;
  return showArgument(type, object ?? { type: 0, status, number: returned, bytes: Buffer.alloc(0) });
}
