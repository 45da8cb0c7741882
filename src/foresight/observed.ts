// SPDX-License-Identifier: Apache-2.0
/** Values of a recorded event as the matcher takes them. What an event does not tell is `unknown`, never a guess. */
import { capabilityMask } from '../model/capabilities.ts';
import { parseNetwork } from '../model/networks.ts';
import { FAMILIES, FILE_TYPES, PROTOCOLS, STATES } from '../model/socket-names.ts';
import type { FieldCode } from '../plan/hook-config.ts';
import { TG_FIELD } from '../plan/layout.generated.ts';
import type { ObservedParts } from '../plan/matcher.ts';

export const UNKNOWN = Symbol('not told');

export interface ObservedValue {
  /** undefined: the kernel could not read it either, so no filter on it matches */
  value: bigint | Buffer | undefined;
  parts?: ObservedParts;
}

export type EventArg = Readonly<Record<string, unknown>>;

type Reader = (told: unknown, name: string) => ObservedValue | typeof UNKNOWN;

const REPLACED = '\ufffd';

function text(told: unknown): ObservedValue | typeof UNKNOWN {
  // bytes that are no text are told as this character: what they were is not known
  if (typeof told !== 'string' || told.includes(REPLACED)) return UNKNOWN;
  return { value: Buffer.from(told) };
}

function number(told: unknown): ObservedValue | typeof UNKNOWN {
  if (typeof told === 'number' && Number.isInteger(told)) return { value: BigInt(told) };
  return typeof told === 'string' && /^-?\d+$/.test(told) ? { value: BigInt(told) } : UNKNOWN;
}

interface Told {
  [member: string]: unknown;
}

/** The first letter of `-rw-r--r--` is the type. */
const LETTERS: Readonly<Record<string, string>> = {
  s: 'sock',
  l: 'lnk',
  '-': 'reg',
  b: 'blk',
  d: 'dir',
  c: 'chr',
  p: 'fifo',
};

function codeOf(names: ReadonlyMap<number, string>, told: unknown): bigint | undefined {
  for (const [code, name] of names) if (name === told) return BigInt(code);
  return typeof told === 'string' && /^\d+$/.test(told) ? BigInt(told) : undefined;
}

function file(told: unknown): ObservedValue | typeof UNKNOWN {
  const { path, flags, permission } = (told ?? {}) as Told;
  if (flags !== undefined && String(flags).includes('unresolved')) return UNKNOWN;
  const read = text(path);
  if (read === UNKNOWN) return UNKNOWN;
  const type = typeof permission === 'string' ? codeOf(FILE_TYPES, LETTERS[permission[0] ?? '']) : undefined;
  return { ...read, parts: partsOf([[TG_FIELD.TG_F_FILE_TYPE, type]]) };
}

function partsOf(pairs: [FieldCode, bigint | Buffer | undefined][]): ObservedParts {
  return new Map(pairs.flatMap(([code, part]) => (part === undefined ? [] : [[code, part] as const])));
}

const WHOLE = 128;

/** As the programs hold it: 16 bytes, an IPv4 address mapped. */
function address(told: unknown): Buffer | undefined {
  const network = typeof told === 'string' ? parseNetwork(told) : undefined;
  return network?.prefix === WHOLE ? network.address : undefined;
}

/** Zero is not written; what is no port is not known. */
function port(told: unknown): bigint | undefined {
  const number = Number(told ?? 0);
  return Number.isInteger(number) && number >= 0 && number < 65_536 ? BigInt(number) : undefined;
}

function socket(told: unknown): ObservedValue | typeof UNKNOWN {
  if (typeof told !== 'object' || told === null) return UNKNOWN;
  const of = told as Told;
  const [sport, dport] = [port(of.sport ?? of.port), port(of.dport)];
  if (sport === undefined || dport === undefined) return UNKNOWN;
  const parts = partsOf([
    [TG_FIELD.TG_F_FAMILY, codeOf(FAMILIES, of.family)],
    [TG_FIELD.TG_F_STATE, codeOf(STATES, of.state)],
    [TG_FIELD.TG_F_PROTOCOL, codeOf(PROTOCOLS, of.protocol)],
    [TG_FIELD.TG_F_SADDR, address(of.saddr ?? of.addr)],
    [TG_FIELD.TG_F_DADDR, address(of.daddr)],
    [TG_FIELD.TG_F_SPORT, sport],
    [TG_FIELD.TG_F_DPORT, dport],
  ]);
  return { value: Buffer.alloc(0), parts };
}

function capabilities(told: unknown): ObservedValue | typeof UNKNOWN {
  return typeof told === 'string' && /^[0-9a-f]{1,16}$/.test(told) ? { value: BigInt(`0x${told}`) } : UNKNOWN;
}

/** By the member of Tetragon's KprobeArgument. */
const READERS: Readonly<Record<string, Reader>> = {
  int_arg: number,
  uint_arg: number,
  long_arg: number,
  size_arg: number,
  string_arg: text,
  bytes_arg: (told) => (typeof told === 'string' ? { value: Buffer.from(told, 'base64') } : UNKNOWN),
  file_arg: file,
  path_arg: file,
  linux_binprm_arg: file,
  sock_arg: socket,
  skb_arg: socket,
  sockaddr_arg: socket,
  capability_arg: (told) => number((told as Told | null)?.value),
  cap_inheritable_arg: capabilities,
  cap_permitted_arg: capabilities,
  cap_effective_arg: capabilities,
  kernel_cap_t_arg: capabilities,
  error_arg: () => ({ value: undefined }),
};

const TEXT = ['string_arg'];
const FILES = ['file_arg', 'path_arg', 'linux_binprm_arg', 'string_arg'];
const NUMBER = ['int_arg', 'uint_arg', 'long_arg', 'size_arg'];
/** In which members a value of a type may be told. */
// biome-ignore format: a table is read in rows
const MEMBERS: Readonly<Record<string, readonly string[]>> = {
  int: NUMBER, int8: NUMBER, int16: NUMBER, int64: NUMBER, uint8: NUMBER, uint16: NUMBER, uint32: NUMBER, uint64: NUMBER, size_t: NUMBER,
  string: TEXT, filename: TEXT, net_device: TEXT, char_buf: ['bytes_arg'],
  file: FILES, path: FILES, fd: FILES, dentry: FILES, kiocb: FILES, linux_binprm: FILES,
  sock: ['sock_arg'], socket: ['sock_arg'], skb: ['skb_arg'], sockaddr: ['sockaddr_arg'], capability: ['capability_arg'],
  cap_inheritable: ['cap_inheritable_arg'], cap_permitted: ['cap_permitted_arg'], cap_effective: ['cap_effective_arg'], kernel_cap_t: ['kernel_cap_t_arg'],
};

/** `type`: the canonical one the policy reads it as. */
export function observedValue(type: string, told: EventArg | undefined): ObservedValue | typeof UNKNOWN {
  for (const member of [...(MEMBERS[type] ?? []), 'error_arg']) {
    const reader = READERS[member];
    if (reader && told?.[member] !== undefined) return reader(told[member], member);
  }
  return UNKNOWN;
}

/** A list of names as a mask; undefined where one of them is unknown. */
export function maskOfNames(names: unknown): bigint | undefined {
  if (!Array.isArray(names)) return undefined;
  if (names.length === 0) return 0n;
  const mask = capabilityMask(names.map((name) => (/^CAP_/.test(name) ? name : `CAP_${name}`)).join(','));
  return typeof mask === 'bigint' ? mask : undefined;
}
