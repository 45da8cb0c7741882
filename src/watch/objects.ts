// SPDX-License-Identifier: Apache-2.0
/** Kernel objects of an event, in the members of Tetragon's KprobeArgument. */
import { CAPABILITIES } from '../model/capabilities.ts';
import { STRUCTS } from '../plan/layout.generated.ts';
import {
  BPF_COMMANDS,
  MAP_TYPES,
  nameOf,
  PERF_TYPES,
  PROGRAM_TYPES,
  SECURE_BITS,
  TAINTS,
} from './object-names.ts';
import type { RecordValue } from './records.ts';

type Shown = Record<string, unknown>;
interface Field {
  offset: number;
  size: number;
  count: number;
}

const USER_NS = STRUCTS.tg_user_ns_value.fields;
const CRED = STRUCTS.tg_cred_value.fields;
const PROG = STRUCTS.tg_bpf_prog_value.fields;
const MAP = STRUCTS.tg_bpf_map_value.fields;
const PERF = STRUCTS.tg_perf_event_value.fields;
const MODULE = STRUCTS.tg_module_value.fields;
/** What the kernel calls its initial user namespace: the same number on every machine. */
const INITIAL_USER_NS = 0xeffffffd;

const u32 = (bytes: Buffer, field: Field): number => bytes.readUInt32LE(field.offset);
const u64 = (bytes: Buffer, field: Field): bigint => bytes.readBigUInt64LE(field.offset);
function text(bytes: Buffer, { offset, count }: Field): string {
  const all = bytes.subarray(offset, offset + count);
  const end = all.indexOf(0);
  return all.subarray(0, end < 0 ? count : end).toString('utf8');
}

/** Names of the bits that are set; an unnamed one by its number. */
function bitNames(mask: bigint, names: ReadonlyMap<number, string> | readonly string[]): string[] {
  return Array.from({ length: 64 }, (_, bit) => bit)
    .filter((bit) => (mask >> BigInt(bit)) & 1n)
    .map(
      (bit) =>
        (Array.isArray(names) ? names[bit] : (names as ReadonlyMap<number, string>).get(bit)) ?? String(bit),
    );
}

/** Tetragon's schema has one name without its prefix. */
const capabilityName = (name: string) => (name === 'CAP_DAC_OVERRIDE' ? 'DAC_OVERRIDE' : name);
const CAPABILITY_NAMES = CAPABILITIES.map(capabilityName);

function userNamespace(bytes: Buffer): Shown {
  const inum = u32(bytes, USER_NS.inum);
  return {
    level: bytes.readInt32LE(USER_NS.level.offset),
    uid: u32(bytes, USER_NS.uid),
    gid: u32(bytes, USER_NS.gid),
    ns: { inum, ...(inum === INITIAL_USER_NS && { is_host: true }) },
  };
}

function credentials(bytes: Buffer): Shown {
  const ids = ['uid', 'gid', 'euid', 'egid', 'suid', 'sgid', 'fsuid', 'fsgid'] as const;
  const caps = (['permitted', 'effective', 'inheritable'] as const).map((set) => [
    set,
    bitNames(u64(bytes, CRED[set]), CAPABILITY_NAMES),
  ]);
  const securebits = bitNames(BigInt(u32(bytes, CRED.securebits)), SECURE_BITS);
  return {
    ...Object.fromEntries(ids.map((id) => [id, u32(bytes, CRED[id])])),
    ...(securebits.length > 0 && { securebits }),
    caps: Object.fromEntries(caps.filter(([, names]) => (names as string[]).length > 0)),
    user_ns: userNamespace(bytes.subarray(CRED.user_ns.offset)),
  };
}

function program(bytes: Buffer): Shown {
  return {
    ProgType: nameOf(PROGRAM_TYPES, 'BPF_PROG_TYPE', u32(bytes, PROG.type)),
    InsnCnt: u32(bytes, PROG.count),
    ProgName: text(bytes, PROG.name),
  };
}

function map(bytes: Buffer): Shown {
  return {
    MapType: nameOf(MAP_TYPES, 'BPF_MAP_TYPE', u32(bytes, MAP.type)),
    KeySize: u32(bytes, MAP.key_size),
    ValueSize: u32(bytes, MAP.value_size),
    MaxEntries: u32(bytes, MAP.max_entries),
    MapName: text(bytes, MAP.name),
  };
}

function perfEvent(bytes: Buffer): Shown {
  return {
    KprobeFunc: text(bytes, PERF.function),
    Type: nameOf(PERF_TYPES, 'PERF_TYPE', u32(bytes, PERF.type)),
    Config: u64(bytes, PERF.config).toString(),
    ProbeOffset: u64(bytes, PERF.probe_offset).toString(),
  };
}

function module(bytes: Buffer, loading: boolean): Shown {
  const tainted = bitNames(u64(bytes, MODULE.taints), TAINTS);
  return {
    name: text(bytes, MODULE.name),
    ...(loading && { signature_ok: bytes.readUInt8(MODULE.signature.offset) !== 0 }),
    ...(tainted.length > 0 && { tainted }),
  };
}

const SYSCALL_COMPAT = 0x8000_0000n;
function syscall({ number }: RecordValue): Shown {
  return { id: Number(BigInt.asUintN(31, number)), abi: number & SYSCALL_COMPAT ? 'i386' : 'x64' };
}

const capabilitySet = ({ number }: RecordValue) => BigInt.asUintN(64, number).toString(16).padStart(16, '0');
const signed = ({ number }: RecordValue) => Number(BigInt.asIntN(32, number));

/** By the policy's type. */
export const SHOW_OBJECT: Readonly<Record<string, (value: RecordValue) => Shown>> = {
  cred: ({ bytes }) => ({ process_credentials_arg: credentials(bytes) }),
  user_namespace: ({ bytes }) => ({ user_ns_arg: userNamespace(bytes) }),
  bpf_attr: ({ bytes }) => ({ bpf_attr_arg: program(bytes) }),
  bpf_prog: ({ bytes }) => ({ bpf_prog_arg: program(bytes) }),
  bpf_map: ({ bytes }) => ({ bpf_map_arg: map(bytes) }),
  perf_event: ({ bytes }) => ({ perf_event_arg: perfEvent(bytes) }),
  load_info: ({ bytes }) => ({ module_arg: module(bytes, true) }),
  module: ({ bytes }) => ({ module_arg: module(bytes, false) }),
  syscall64: (value) => ({ syscall_id: syscall(value) }),
  capability: (value) => ({
    capability_arg: { value: signed(value), name: CAPABILITY_NAMES[signed(value)] ?? String(signed(value)) },
  }),
  bpf_cmd: (value) => ({ bpf_cmd_arg: nameOf(BPF_COMMANDS, 'BPF', signed(value)) }),
  kernel_cap_t: (value) => ({ kernel_cap_t_arg: capabilitySet(value) }),
  cap_inheritable: (value) => ({ cap_inheritable_arg: capabilitySet(value) }),
  cap_permitted: (value) => ({ cap_permitted_arg: capabilitySet(value) }),
  cap_effective: (value) => ({ cap_effective_arg: capabilitySet(value) }),
};
