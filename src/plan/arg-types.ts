// SPDX-License-Identifier: Apache-2.0
/** CRD argument types → how the programs read them, and what of them can be compared how. */
import type { NormalArg, NormalMatch } from '../model/normal-policy.ts';
import type { ArgTypeCode, ClassCode, FieldCode, OpCode } from './hook-config.ts';
import { TG_CLASS, TG_FIELD, TG_OP, TG_TYPE } from './layout.generated.ts';
import type { LoweredArg } from './lowering-table.ts';

// biome-ignore format: a table is read in rows
const NUMBERS: Record<string, ArgTypeCode> = {
  int: TG_TYPE.TG_T_S32, uint32: TG_TYPE.TG_T_U32, int64: TG_TYPE.TG_T_S64, uint64: TG_TYPE.TG_T_U64, size_t: TG_TYPE.TG_T_U64,
  capability: TG_TYPE.TG_T_S32, bpf_cmd: TG_TYPE.TG_T_S32,
  int16: TG_TYPE.TG_T_S16, uint16: TG_TYPE.TG_T_U16, int8: TG_TYPE.TG_T_S8, uint8: TG_TYPE.TG_T_U8,
};

// biome-ignore format: a table is read in rows
const OBJECTS: Record<string, ArgTypeCode> = {
  nop: TG_TYPE.TG_T_NOP, filename: TG_TYPE.TG_T_FILENAME, file: TG_TYPE.TG_T_FILE, path: TG_TYPE.TG_T_PATH, fd: TG_TYPE.TG_T_FD,
  sock: TG_TYPE.TG_T_SOCK, socket: TG_TYPE.TG_T_SOCKET, skb: TG_TYPE.TG_T_SKB,
  linux_binprm: TG_TYPE.TG_T_BINPRM, kiocb: TG_TYPE.TG_T_KIOCB, dentry: TG_TYPE.TG_T_DENTRY, net_device: TG_TYPE.TG_T_NET_DEVICE,
  iov_iter: TG_TYPE.TG_T_IOV_ITER, cred: TG_TYPE.TG_T_CRED, user_namespace: TG_TYPE.TG_T_USER_NS, bpf_attr: TG_TYPE.TG_T_BPF_ATTR,
  bpf_prog: TG_TYPE.TG_T_BPF_PROG, bpf_map: TG_TYPE.TG_T_BPF_MAP, perf_event: TG_TYPE.TG_T_PERF_EVENT, load_info: TG_TYPE.TG_T_LOAD_INFO,
  module: TG_TYPE.TG_T_MODULE, char_iovec: TG_TYPE.TG_T_IOVEC, data_loc: TG_TYPE.TG_T_STRING_DATA_LOC, const_buf: TG_TYPE.TG_T_BUF_KERNEL,
};

// biome-ignore format: a table is read in rows
const BITS: Record<string, ArgTypeCode> = {
  kernel_cap_t: TG_TYPE.TG_T_CAPS, cap_inheritable: TG_TYPE.TG_T_CAPS, cap_permitted: TG_TYPE.TG_T_CAPS, cap_effective: TG_TYPE.TG_T_CAPS,
  syscall64: TG_TYPE.TG_T_SYSCALL,
};

/** It is a number of some width. */
export function isNumber(type: string): boolean {
  return type in NUMBERS;
}

/** How an argument is read where `memory` says whose memory a pointer leads to. */
export function argTypeCode(type: string, memory: 'kernel' | 'user'): ArgTypeCode {
  if (type === 'string') return memory === 'user' ? TG_TYPE.TG_T_STRING_USER : TG_TYPE.TG_T_STRING_KERNEL;
  if (type === 'sockaddr') return memory === 'user' ? TG_TYPE.TG_T_SOCKADDR_USER : TG_TYPE.TG_T_SOCKADDR;
  if (type === 'sockaddr_un')
    return memory === 'user' ? TG_TYPE.TG_T_SOCKADDR_UN_USER : TG_TYPE.TG_T_SOCKADDR_UN;
  if (type === 'char_buf') return memory === 'user' ? TG_TYPE.TG_T_BUF_USER : TG_TYPE.TG_T_BUF_KERNEL;
  return NUMBERS[type] ?? BITS[type] ?? OBJECTS[type] ?? TG_TYPE.TG_T_NOP;
}

const FILES: Partial<Record<LoweredArg['as'], ArgTypeCode>> = {
  child: TG_TYPE.TG_T_CHILD,
  path: TG_TYPE.TG_T_PATH,
  file: TG_TYPE.TG_T_FILE,
  program: TG_TYPE.TG_T_BINPRM,
  mount: TG_TYPE.TG_T_MOUNT,
};

/** The same argument where a lowered function or hook holds it. */
export function loweredTypeCode(arg: NormalArg, lowered: LoweredArg): ArgTypeCode {
  if (lowered.as === 'filename') return TG_TYPE.TG_T_FILENAME;
  if (lowered.as === 'string') return TG_TYPE.TG_T_STRING_KERNEL;
  if (lowered.as === 'door' && lowered.points) return argTypeCode(arg.type, 'user');
  const file = FILES[lowered.as];
  if (file !== undefined) return file;
  return argTypeCode(arg.type, 'kernel');
}

/** Its bytes lie in memory that user space can change while the kernel decides. */
export function readsUserMemory(code: ArgTypeCode): boolean {
  return IN_USER_MEMORY.has(code);
}

const IN_USER_MEMORY: ReadonlySet<ArgTypeCode> = new Set([
  TG_TYPE.TG_T_STRING_USER,
  TG_TYPE.TG_T_BUF_USER,
  TG_TYPE.TG_T_SOCKADDR_USER,
  TG_TYPE.TG_T_SOCKADDR_UN_USER,
]);

// biome-ignore format: a table is read in rows
const OPS: Record<NormalMatch['operator'], OpCode> = {
  Equal: TG_OP.TG_OP_EQ, NotEqual: TG_OP.TG_OP_NE, Prefix: TG_OP.TG_OP_PREFIX, NotPrefix: TG_OP.TG_OP_NOTPREFIX,
  SubString: TG_OP.TG_OP_CONTAINS, SubStringIgnCase: TG_OP.TG_OP_CONTAINS_FOLDED,
  Postfix: TG_OP.TG_OP_POSTFIX, NotPostfix: TG_OP.TG_OP_NOTPOSTFIX, GT: TG_OP.TG_OP_GT, LT: TG_OP.TG_OP_LT, Mask: TG_OP.TG_OP_MASK,
  InRange: TG_OP.TG_OP_RANGE, NotInRange: TG_OP.TG_OP_NOTRANGE, SAddr: TG_OP.TG_OP_NET, NotSAddr: TG_OP.TG_OP_NOTNET,
  DAddr: TG_OP.TG_OP_NET, NotDAddr: TG_OP.TG_OP_NOTNET, SPort: TG_OP.TG_OP_RANGE, NotSPort: TG_OP.TG_OP_NOTRANGE,
  DPort: TG_OP.TG_OP_RANGE, NotDPort: TG_OP.TG_OP_NOTRANGE, Protocol: TG_OP.TG_OP_RANGE, Family: TG_OP.TG_OP_RANGE,
  State: TG_OP.TG_OP_RANGE, FileType: TG_OP.TG_OP_RANGE, NotFileType: TG_OP.TG_OP_NOTRANGE,
  CapabilitiesGained: TG_OP.TG_OP_GAINED,
};

// biome-ignore format: a table is read in rows
const FIELDS: Partial<Record<NormalMatch['operator'], FieldCode>> = {
  SAddr: TG_FIELD.TG_F_SADDR, NotSAddr: TG_FIELD.TG_F_SADDR, DAddr: TG_FIELD.TG_F_DADDR, NotDAddr: TG_FIELD.TG_F_DADDR,
  SPort: TG_FIELD.TG_F_SPORT, NotSPort: TG_FIELD.TG_F_SPORT, DPort: TG_FIELD.TG_F_DPORT, NotDPort: TG_FIELD.TG_F_DPORT,
  Protocol: TG_FIELD.TG_F_PROTOCOL, Family: TG_FIELD.TG_F_FAMILY, State: TG_FIELD.TG_F_STATE,
  FileType: TG_FIELD.TG_F_FILE_TYPE, NotFileType: TG_FIELD.TG_F_FILE_TYPE,
};

/** The part of an object that an operator looks at; undefined where it looks at the argument itself. */
export function fieldCode(operator: NormalMatch['operator']): FieldCode | undefined {
  return FIELDS[operator];
}

export function opCode(operator: NormalMatch['operator']): OpCode {
  return OPS[operator];
}

const IN_PLACE: ReadonlySet<OpCode> = new Set([
  TG_OP.TG_OP_EQ,
  TG_OP.TG_OP_NE,
  TG_OP.TG_OP_PREFIX,
  TG_OP.TG_OP_NOTPREFIX,
]);

export function matchClass(type: string, code: ArgTypeCode, op: OpCode): ClassCode {
  if (type in BITS) return TG_CLASS.TG_C_UNSIGNED;
  if (type in NUMBERS) return /^u|^size_t$/.test(type) ? TG_CLASS.TG_C_UNSIGNED : TG_CLASS.TG_C_SIGNED;
  const kernelString = code === TG_TYPE.TG_T_STRING_KERNEL || code === TG_TYPE.TG_T_FILENAME;
  return kernelString && IN_PLACE.has(op) ? TG_CLASS.TG_C_DIRECT : TG_CLASS.TG_C_TEXT;
}
