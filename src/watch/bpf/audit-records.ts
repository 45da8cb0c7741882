// SPDX-License-Identifier: Apache-2.0
/** Records of the watch over bpf(2), decoded. */
import {
  STRUCTS,
  TG_BPF_FLAG,
  TG_BPF_KIND,
  TG_BPF_OBJECT,
  TG_NAMESPACE,
} from '../../plan/layout.generated.ts';
import { viewOf } from './struct-view.ts';

export interface RawCulprit {
  tgid: number;
  tid: number;
  startBootNs: bigint;
  /** another with each exec */
  execId: bigint;
  parentTgid: number;
  parentStartBootNs: bigint;
  uid: number;
  euid: number;
  gid: number;
  loginuid: number;
  sessionid: number;
  userNamespaceLevel: number;
  flags: number;
  comm: string;
  capabilities: bigint;
  cgroupId: bigint;
  namespaces: Record<string, number>;
  exe: {
    path: string;
    device: number;
    inode: bigint;
    generation: number;
    links: number;
    magic: number;
    ctimeNs: bigint;
    partial: boolean;
    /** an earlier record has the path: told-paths.ts */
    told: boolean;
  };
}

export interface SeenProgram {
  id: number;
  type: number;
  attachType: number;
  attachBtfId: number;
  targetId: number;
  insns: number;
  verifiedInsns: number;
  jitedBytes: number;
  btfId: number;
  uid: number;
  mapIds: number[];
  mapCount: number;
  loadBootNs: bigint;
  tag: string;
  name: string;
  attachFunction: string;
}

export interface SeenLink {
  id: number;
  type: number;
  programId: number;
  attachType: number;
  ifindex: number;
  perfKind: number;
  target: bigint;
  name: string;
}

export interface SeenMap {
  id: number;
  type: number;
  keyBytes: number;
  valueBytes: number;
  maxEntries: number;
  flags: number;
  name: string;
}

export interface AuditRecordSeen {
  kind: number;
  bootNs: bigint;
  result: number;
  command: number;
  /** the kernel's copy of what was asked for, as far as the caller gave it */
  attr: Buffer;
  object: number;
  objectId: number;
  targetFd: number;
  /** of PROG_QUERY: how many there were since the one told before */
  queries: number;
  /** the map's one entry puts in force what the kernel is to call */
  structOps: boolean;
  programId: number;
  target: bigint;
  ifindex: number;
  pinDevice: number;
  pinInode: bigint;
  program: SeenProgram;
  link: SeenLink;
  map: SeenMap;
  ours: boolean;
  byAgent: boolean;
  by: RawCulprit;
  text: string;
  textPartial: boolean;
}

const NAMESPACES = Object.entries(TG_NAMESPACE).map(
  ([name, index]) => [name.replace(/^TG_NS_/, '').toLowerCase(), index] as const,
);
const RECORD_BYTES = STRUCTS.tg_bpf_record.size;
const MAPS_MOST = STRUCTS.tg_bpf_program.fields.map_ids.count;

export function programAt(buffer: Buffer, at: number): SeenProgram {
  const p = viewOf('tg_bpf_program', buffer, at);
  const mapCount = p.number('map_count');
  return {
    id: p.number('id'),
    type: p.number('type'),
    attachType: p.number('attach_type'),
    attachBtfId: p.number('attach_btf_id'),
    targetId: p.number('dst_id'),
    insns: p.number('insns'),
    verifiedInsns: p.number('verified_insns'),
    jitedBytes: p.number('jited_bytes'),
    btfId: p.number('btf_id'),
    uid: p.number('uid'),
    mapIds: p.numbers('map_ids').slice(0, Math.min(mapCount, MAPS_MOST)),
    mapCount,
    loadBootNs: p.big('load_ns'),
    tag: p.bytes('tag').toString('hex'),
    name: p.text('name'),
    attachFunction: p.text('attach_func'),
  };
}

export function linkAt(buffer: Buffer, at: number): SeenLink {
  const l = viewOf('tg_bpf_link', buffer, at);
  return {
    id: l.number('id'),
    type: l.number('type'),
    programId: l.number('prog_id'),
    attachType: l.number('attach_type'),
    ifindex: l.number('ifindex'),
    perfKind: l.number('perf_kind'),
    target: l.big('target'),
    name: l.text('name'),
  };
}

export function mapAt(buffer: Buffer, at: number): SeenMap {
  const m = viewOf('tg_bpf_map', buffer, at);
  return {
    id: m.number('id'),
    type: m.number('type'),
    keyBytes: m.number('key_size'),
    valueBytes: m.number('value_size'),
    maxEntries: m.number('max_entries'),
    flags: m.number('flags'),
    name: m.text('name'),
  };
}

function culpritAt(buffer: Buffer, at: number, path: string, flags: number): RawCulprit {
  const c = viewOf('tg_culprit', buffer, at);
  const namespaces = c.numbers('namespaces');
  return {
    tgid: c.number('tgid'),
    tid: c.number('tid'),
    startBootNs: c.big('start_boot_ns'),
    execId: c.big('exec_id'),
    parentTgid: c.number('parent_tgid'),
    parentStartBootNs: c.big('parent_start_boot_ns'),
    uid: c.number('uid'),
    euid: c.number('euid'),
    gid: c.number('gid'),
    loginuid: c.number('loginuid'),
    sessionid: c.number('sessionid'),
    userNamespaceLevel: c.number('user_ns_level'),
    flags: c.number('flags'),
    comm: c.text('comm'),
    capabilities: c.big('cap_effective'),
    cgroupId: c.big('cgroup_id'),
    namespaces: Object.fromEntries(NAMESPACES.map(([name, index]) => [name, namespaces[index] ?? 0])),
    exe: {
      path,
      device: c.number('exe_dev'),
      inode: c.big('exe_ino'),
      generation: c.number('exe_generation'),
      links: c.number('exe_links'),
      magic: c.number('exe_magic'),
      ctimeNs: c.signedBig('exe_ctime_ns'),
      partial: (flags & TG_BPF_FLAG.TG_BF_EXE_PARTIAL) !== 0,
      told: (flags & TG_BPF_FLAG.TG_BF_EXE_TOLD) !== 0,
    },
  };
}

function recordAt(batch: Buffer, at: number): AuditRecordSeen {
  const r = viewOf('tg_bpf_record', batch, at);
  const flags = r.number('flags');
  const behind = at + RECORD_BYTES;
  const [exeBytes, textBytes] = [r.number('exe_len'), r.number('text_len')];
  const path = batch.toString('utf8', behind, behind + exeBytes);
  return {
    kind: r.number('kind'),
    bootNs: r.big('boot_ns'),
    result: Number(r.signedBig('result')),
    command: r.number('command'),
    attr: Buffer.from(r.bytes('attr')),
    object: r.number('object'),
    objectId: r.number('object_id'),
    targetFd: r.number('target_id'),
    queries: Number(r.big('pin_ino')),
    structOps: (flags & TG_BPF_FLAG.TG_BF_STRUCT_OPS) !== 0,
    programId: r.number('prog_id'),
    target: r.big('target'),
    ifindex: r.number('ifindex'),
    pinDevice: r.number('pin_dev'),
    pinInode: r.big('pin_ino'),
    program: programAt(batch, r.at('prog')),
    link: linkAt(batch, r.at('link')),
    map: mapAt(batch, r.at('map')),
    ours: (flags & TG_BPF_FLAG.TG_BF_OURS) !== 0,
    byAgent: (flags & TG_BPF_FLAG.TG_BF_BY_AGENT) !== 0,
    by: culpritAt(batch, r.at('by'), path, flags),
    text: batch.toString('utf8', behind + exeBytes, behind + exeBytes + textBytes),
    textPartial: (flags & TG_BPF_FLAG.TG_BF_TEXT_PARTIAL) !== 0,
  };
}

/** The records of one batch. `malformed` counts what did not read as a record: the rest behind it is skipped. */
export function decodeAuditBatch(batch: Buffer): { records: AuditRecordSeen[]; malformed: number } {
  const records: AuditRecordSeen[] = [];
  for (let at = 0; at < batch.length; ) {
    const size = at + RECORD_BYTES <= batch.length ? batch.readUInt32LE(at) : 0;
    if (size < RECORD_BYTES || at + size > batch.length) return { records, malformed: 1 };
    records.push(recordAt(batch, at));
    at += (size + 7) & ~7;
  }
  return { records, malformed: 0 };
}

export const KINDS = TG_BPF_KIND;
export const OBJECTS = TG_BPF_OBJECT;
