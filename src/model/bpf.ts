// SPDX-License-Identifier: Apache-2.0
/** eBPF on a host, whoever brought it: what is there, and what was done. What is not known is left out. */

export type BpfKind = 'program' | 'map' | 'link';

/** Who did something, as the kernel knew them at that moment. */
export interface BpfCulprit {
  pid: number;
  tid: number;
  /** RFC 3339 */
  started: string;
  uid: number;
  euid: number;
  gid: number;
  /** absent: nobody logged in */
  loginuid?: number;
  sessionid?: number;
  comm: string;
  /** a thread of the kernel's own: whoever caused it is not known */
  kernel?: true;
  exe?: BpfExecutable;
  arguments?: string;
  /** of the unified hierarchy */
  cgroup?: string;
  unit?: string;
  container?: string;
  pod?: string;
  /** inode numbers */
  namespaces: Record<string, number>;
  /** effective ones, hexadecimal */
  capabilities: string;
  /** outside of the initial user namespace: how deep */
  userNamespaceLevel?: number;
  /** its parent first */
  ancestors: { pid: number; binary: string }[];
}

export interface BpfExecutable {
  path: string;
  device: number;
  inode: string;
  /** no name leads to it any more, or never did */
  deleted?: true;
  sha256?: string;
  /** why the digest is not known */
  noDigest?: string;
}

/** Since when an object is known, and how sure it is who brought it. */
export interface BpfOrigin {
  /** before: it was there when the watch began; missed: it came while the watch was on, unseen */
  since: 'before' | 'seen' | 'missed';
  by?: BpfCulprit;
  /** who hold descriptors of it: all that is known of one that was there before */
  heldBy?: { pid: number; binary: string }[];
}

interface BpfObject extends BpfOrigin {
  id: number;
  /** Tracegate's own */
  ours: boolean;
  pinned: string[];
  gone?: { time: string; how: 'unloaded' | 'vanished'; by?: BpfCulprit };
}

export interface BpfProgram extends BpfObject {
  type: string;
  name: string;
  tag: string;
  attachType?: string;
  /** the function, tracepoint or LSM hook it was loaded for */
  attachTo?: string;
  attachBtfId?: number;
  /** the program it is loaded on */
  target?: number;
  mapIds: number[];
  btfId?: number;
  xlatedBytes?: number;
  jitedBytes: number;
  verifiedInsns: number;
  uid: number;
  gpl?: boolean;
  /** RFC 3339 */
  loaded: string;
  /** where the kernel keeps statistics */
  runTimeNs?: number;
  runCount?: number;
  attached: BpfAttachment[];
}

/** How a program hangs somewhere. Without a link: as it was seen to be attached. */
export interface BpfAttachment {
  how: string;
  link?: number;
  attachType?: string;
  target?: string;
}

export interface BpfMap extends BpfObject {
  type: string;
  name: string;
  keyBytes: number;
  valueBytes: number;
  maxEntries: number;
  flags: number;
  btfId?: number;
  frozen?: true;
}

export interface BpfLink extends BpfObject {
  type: string;
  programId: number;
  attachType?: string;
  target?: string;
}

export interface BpfPin {
  path: string;
  kind: BpfKind;
  id: number;
  ours: boolean;
}

/** One thing that was done; `type` is that of its audit record. */
export interface BpfActivity {
  type: string;
  /** RFC 3339 */
  time: string;
  /** `program 12`, `map 3`, `link 4` */
  object?: string;
  ours?: true;
  /** absent: it was found, not seen to be done */
  by?: BpfCulprit;
  body: Record<string, unknown>;
}

/** What was seen to be done, as rules are asked about it afterwards: `input.activity`. What does not fit is empty, false or 0. */
export interface BpfSighting {
  what: 'loaded' | 'gone' | 'often' | 'unseen';
  ours: boolean;
  /** empty where the file is not known */
  loader: { path: string; digest: string };
  program: { name: string; type: string; tag: string; attachType: string; signature: BpfSignature };
  /** of `loaded`: tags of earlier programs of that loader, name and type */
  before: string[];
  /** the loader's file is the one that loaded them */
  sameLoader: boolean;
  /** this kernel checks signatures of programs */
  kernelChecks: boolean;
  /** of `gone`: how long it was there, and whether it hung anywhere */
  seconds: number;
  attached: boolean;
  /** of `often`: programs that the loader loaded within a minute */
  count: number;
  /** of `unseen`: the type of the record that tells of it, the watch's view, and what is not known */
  record: string;
  view: string;
  detail: string;
}

/** By a key of the kernel's own keyrings, or of a user's. */
export type BpfSignature = 'none' | 'system' | 'user';

/** What the watch can see on this host. */
export interface BpfSight {
  view: 'full' | 'degraded' | 'off';
  /** what cannot be seen, in words */
  blind: string[];
  /** records that the kernel had no room for, since the agent's start */
  lost: number;
}

/** What is there no longer, as far as it is remembered. */
export interface BpfGone extends BpfOrigin {
  kind: BpfKind;
  id: number;
  ours: boolean;
  /** what was known of it */
  was?: Record<string, unknown>;
  gone: { time: string; how: 'unloaded' | 'vanished'; by?: BpfCulprit };
}

export interface BpfInventory {
  host: string;
  time: string;
  sight: BpfSight;
  programs: BpfProgram[];
  maps: BpfMap[];
  links: BpfLink[];
  pins: BpfPin[];
  /** the newest last */
  gone: BpfGone[];
  btfIds: number[];
}

/** What an activity's audit record is called: all of them begin so. */
export const BPF_RECORDS = 'bpf.';
