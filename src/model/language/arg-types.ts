// SPDX-License-Identifier: Apache-2.0
/** The argument types of this runtime's language, and what may be asked of each. */
import type { Operator } from '../normal-policy.ts';

/**
 * What operators see: a number of a width, text ended by a NUL, raw bytes, a path, parts of an object, the name of a unix
 * socket, or nothing; or what only the host's kernel tells.
 */
export type ArgClass =
  | 'number'
  | 'text'
  | 'bytes'
  | 'path'
  | 'file'
  | 'socket'
  | 'packet'
  | 'address'
  | 'capabilities'
  | 'unix'
  | 'pieces'
  | 'derived'
  | 'opaque';

export interface ArgType {
  class: ArgClass;
  /** numbers only */
  bits?: 8 | 16 | 32 | 64;
  signed?: boolean;
}

const opaque = (...names: string[]) =>
  Object.fromEntries(names.map((name) => [name, { class: 'opaque' as const }]));
const number = (bits: 8 | 16 | 32 | 64, signed: boolean): ArgType => ({ class: 'number', bits, signed });

/** By canonical name. */
export const ARG_TYPE_TABLE: Readonly<Record<string, ArgType>> = {
  int8: number(8, true),
  uint8: number(8, false),
  int16: number(16, true),
  uint16: number(16, false),
  int: number(32, true),
  uint32: number(32, false),
  int64: number(64, true),
  uint64: number(64, false),
  size_t: number(64, false),
  string: { class: 'text' },
  filename: { class: 'text' },
  char_buf: { class: 'bytes' },
  fd: { class: 'path' },
  file: { class: 'file' },
  path: { class: 'file' },
  sock: { class: 'socket' },
  socket: { class: 'socket' },
  skb: { class: 'packet' },
  sockaddr: { class: 'address' },
  linux_binprm: { class: 'path' },
  kiocb: { class: 'path' },
  dentry: { class: 'path' },
  net_device: { class: 'text' },
  kernel_cap_t: { class: 'capabilities', bits: 64, signed: false },
  cap_inheritable: { class: 'capabilities', bits: 64, signed: false },
  cap_permitted: { class: 'capabilities', bits: 64, signed: false },
  cap_effective: { class: 'capabilities', bits: 64, signed: false },
  capability: number(32, true),
  bpf_cmd: number(32, true),
  syscall64: number(64, false),
  ...opaque('cred', 'user_namespace', 'bpf_attr', 'bpf_prog', 'bpf_map', 'perf_event', 'load_info', 'module'),
  sockaddr_un: { class: 'unix' },
  data_loc: { class: 'text' },
  char_iovec: { class: 'pieces' },
  const_buf: { class: 'pieces' },
  auto: { class: 'derived' },
  ...opaque('iov_iter', 'nop'),
};

const ALIASES: Readonly<Record<string, string>> = {
  sint8: 'int8',
  sint16: 'int16',
  int32: 'int',
  sint32: 'int',
  long: 'int64',
  sint64: 'int64',
  ulong: 'uint64',
};

/** Stands where a type was refused, so that what looks at it is not refused a second time. */
export const REFUSED_TYPE = 'refused';

/** The canonical name of a CRD type, or undefined when the language does not have it. */
export function canonicalType(name: string): string | undefined {
  const canonical = Object.hasOwn(ALIASES, name) ? ALIASES[name] : name;
  return canonical !== undefined && Object.hasOwn(ARG_TYPE_TABLE, canonical) ? canonical : undefined;
}

/** As what a call returns it is no number, but what that leads to. */
export function isReturnedObject(type: string): boolean {
  const known = Object.hasOwn(ARG_TYPE_TABLE, type) ? ARG_TYPE_TABLE[type] : undefined;
  return known !== undefined && known.class !== 'number';
}

/** They are nothing, or lie in the record of a tracepoint or in several pieces. */
const NOT_RETURNED: readonly string[] = ['nop', 'auto', 'bpf_attr', 'data_loc', 'const_buf', 'char_iovec'];

/** What a function of the kernel may return, beside numbers: all that it may be handed. */
export const RETURNED_BY_KERNEL: readonly string[] = Object.keys(ARG_TYPE_TABLE).filter(
  (type) => isReturnedObject(type) && !NOT_RETURNED.includes(type),
);
/** A system call returns numbers, some of them descriptors. */
export const RETURNED_BY_SYSCALLS: readonly string[] = ['fd'];
/** A function of a program returns what lies in its own memory, but at that point its arguments are gone: no size. */
export const RETURNED_BY_PROGRAMS: readonly string[] = ['string', 'fd'];

export const SUPPORTED_TYPES: readonly string[] = [...Object.keys(ARG_TYPE_TABLE), ...Object.keys(ALIASES)];

const NUMERIC: readonly Operator[] = ['Equal', 'NotEqual', 'GT', 'LT', 'Mask', 'InRange', 'NotInRange'];
const TEXTUAL: readonly Operator[] = [
  ...(['Equal', 'NotEqual', 'Prefix', 'NotPrefix', 'Postfix', 'NotPostfix'] as const),
  ...(['SubString', 'SubStringIgnCase'] as const),
];
const OF_FILES: readonly Operator[] = ['FileType', 'NotFileType'];
const OF_ADDRESSES: readonly Operator[] = ['Family', 'SAddr', 'NotSAddr', 'SPort', 'NotSPort'];
const OF_PACKETS: readonly Operator[] = [
  ...OF_ADDRESSES,
  ...(['DAddr', 'NotDAddr', 'DPort', 'NotDPort', 'Protocol'] as const),
];
/** They look at a part of an object, not at the argument as a whole. */
const OF_PARTS: readonly Operator[] = [...OF_FILES, ...OF_PACKETS, 'State'];

export const OPERATORS_OF: Readonly<Record<ArgClass, readonly Operator[]>> = {
  number: NUMERIC,
  text: TEXTUAL,
  bytes: TEXTUAL,
  path: TEXTUAL,
  file: [...TEXTUAL, ...OF_FILES],
  socket: [...OF_PACKETS, 'State'],
  packet: OF_PACKETS,
  address: OF_ADDRESSES,
  capabilities: ['Equal', 'NotEqual', 'GT', 'LT', 'Mask', 'CapabilitiesGained'],
  unix: [...TEXTUAL, 'Family'],
  pieces: [],
  derived: [...new Set([...NUMERIC, ...TEXTUAL, ...OF_FILES, ...OF_PACKETS, 'State' as const])],
  opaque: [],
};

/** Operators with two names, and those that stand for another with fixed values. */
const OPERATOR_ALIASES: Readonly<Record<string, Spelled>> = {
  GreaterThan: { operator: 'GT' },
  LessThan: { operator: 'LT' },
  InMap: { operator: 'InRange' },
  NotInMap: { operator: 'NotInRange' },
  SPortPriv: { operator: 'SPort', values: ['0:1023'] },
  NotSportPriv: { operator: 'SPort', values: ['1024:65535'] },
  DPortPriv: { operator: 'DPort', values: ['0:1023'] },
  NotDPortPriv: { operator: 'DPort', values: ['1024:65535'] },
};

export interface Spelled {
  operator: Operator;
  /** what the operator compares with, whatever the document says */
  values?: readonly string[];
}

export function looksAtPart(operator: Operator): boolean {
  return OF_PARTS.includes(operator);
}

const SPELLED: ReadonlyMap<string, Spelled> = new Map([
  ...Object.entries(OPERATOR_ALIASES),
  ...[...NUMERIC, ...TEXTUAL, ...OF_PARTS, 'CapabilitiesGained' as const].map(
    (operator): [string, Spelled] => [operator, { operator }],
  ),
]);

/** The operator in its one spelling, or undefined when the language does not have it. */
export function spelledOperator(name: string): Spelled | undefined {
  return SPELLED.get(name);
}

export function canonicalOperator(name: string): Operator | undefined {
  return spelledOperator(name)?.operator;
}
