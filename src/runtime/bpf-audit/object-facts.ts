// SPDX-License-Identifier: Apache-2.0
/** What the kernel says of one object, by bpf(2): places of include/uapi/linux/bpf.h, which never move. */
import { attachTypeName, linkTypeName, mapTypeName, programTypeName } from '../../model/bpf-names.ts';
import type { ObjectInfo } from '../native.ts';

export interface ProgramFacts {
  id: number;
  type: string;
  name: string;
  tag: string;
  mapIds: number[];
  loadBootNs: bigint;
  uid: number;
  jitedBytes: number;
  xlatedBytes: number;
  verifiedInsns: number;
  /** absent: not known */
  gpl?: boolean;
  btfId: number;
  attachBtfId: number;
  runTimeNs: number;
  runCount: number;
}

export interface MapFacts {
  id: number;
  type: string;
  name: string;
  keyBytes: number;
  valueBytes: number;
  maxEntries: number;
  flags: number;
  btfId: number;
}

export interface LinkFacts {
  id: number;
  type: string;
  programId: number;
  attachType?: string;
  target?: string;
}

/** An older kernel fills fewer bytes: what is not there reads as nothing. */
function reader(info: Buffer) {
  const there = (at: number, bytes: number) => at + bytes <= info.length;
  return {
    u32: (at: number) => (there(at, 4) ? info.readUInt32LE(at) : 0),
    s32: (at: number) => (there(at, 4) ? info.readInt32LE(at) : 0),
    u64: (at: number) => (there(at, 8) ? info.readBigUInt64LE(at) : 0n),
    text: (at: number, bytes: number) => textOf(info.subarray(at, at + bytes)),
  };
}

export function textOf(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.toString('utf8', 0, end < 0 ? bytes.length : end);
}

export function programFacts({ info, mapIds = [], text: fullName }: ObjectInfo): ProgramFacts {
  const { u32, u64, text } = reader(info);
  return {
    id: u32(4),
    type: programTypeName(u32(0)),
    name: fullName ?? text(64, 16),
    tag: info.toString('hex', 8, 16),
    mapIds,
    loadBootNs: u64(40),
    uid: u32(48),
    jitedBytes: u32(16),
    xlatedBytes: u32(20),
    verifiedInsns: u32(216),
    gpl: (u32(84) & 1) === 1,
    btfId: u32(128),
    attachBtfId: u32(224),
    runTimeNs: Number(u64(192)),
    runCount: Number(u64(200)),
  };
}

export function mapFacts({ info }: ObjectInfo): MapFacts {
  const { u32, text } = reader(info);
  return {
    id: u32(4),
    type: mapTypeName(u32(0)),
    name: text(24, 16),
    keyBytes: u32(8),
    valueBytes: u32(12),
    maxEntries: u32(16),
    flags: u32(20),
    btfId: u32(64),
  };
}

const PERF_EVENTS = ['', 'uprobe', 'uretprobe', 'kprobe', 'kretprobe', 'tracepoint', 'event'];

/** By the type of the link: what it hangs on, in words. */
const TARGETS: Record<string, (r: ReturnType<typeof reader>, text: string) => Partial<LinkFacts>> = {
  raw_tracepoint: (_, text) => ({ target: `raw tracepoint ${text}` }),
  tracing: ({ u32 }) => ({ attachType: attachTypeName(u32(16)) }),
  cgroup: ({ u32, u64 }) => ({ attachType: attachTypeName(u32(24)), target: `cgroup ${u64(16)}` }),
  iter: (_, text) => ({ target: `iterator ${text}` }),
  netns: ({ u32 }) => ({ attachType: attachTypeName(u32(20)), target: `network namespace ${u32(16)}` }),
  xdp: ({ u32 }) => ({ target: `device ${u32(16)}` }),
  struct_ops: ({ u32 }) => ({ target: `map ${u32(16)}` }),
  netfilter: ({ u32, s32 }) => ({ target: `family ${u32(16)}, hook ${u32(20)}, priority ${s32(24)}` }),
  kprobe_multi: ({ u32 }) => ({ target: `${u32(24)} functions` }),
  uprobe_multi: ({ u32 }) => ({ target: `${u32(52)} places` }),
  tcx: ({ u32 }) => ({ attachType: attachTypeName(u32(20)), target: `device ${u32(16)}` }),
  netkit: ({ u32 }) => ({ attachType: attachTypeName(u32(20)), target: `device ${u32(16)}` }),
  perf_event: ({ u32 }, text) => (text ? { target: `${PERF_EVENTS[u32(16)] ?? ''} ${text}`.trim() } : {}),
};

export function linkFacts({ info, text = '' }: ObjectInfo): LinkFacts {
  const read = reader(info);
  const type = linkTypeName(read.u32(0));
  return { id: read.u32(4), type, programId: read.u32(8), ...TARGETS[type]?.(read, text) };
}
