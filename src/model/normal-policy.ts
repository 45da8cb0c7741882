// SPDX-License-Identifier: Apache-2.0
/**
 * The normal form: what guardrails, effects and the plan read instead of the document, so that no two spellings
 * of one policy mean two things. Every part keeps the JSON Pointer of the text it came from.
 */
import type { Mode } from './decision.ts';
import type { PolicyKind } from './document.ts';
import type { FieldRoute } from './field-path.ts';
import type { InodeFact } from './inode.ts';
import type { LabelRequirement } from './labels.ts';
import type { PlaceWanted } from './program-place.ts';
import type { Workloads } from './workloads.ts';

export interface NormalPolicy {
  kind: PolicyKind;
  name: string;
  /** only for the namespaced kind; `default` where the document names none */
  namespace?: string;
  /** `sha256:<hex>` over the RFC 8785 form (DESIGN: one document, one digest) */
  digest: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  /** the document's `policy-mode` option; undefined when it names none */
  mode?: Mode;
  options: { name: string; value: string; path: string }[];
  hooks: NormalHook[];
  /** spec keys that narrow where the policy runs: podSelector, containerSelector, hostSelector, nodeSelector */
  scopes: string[];
  /** whose processes it is about; absent: all */
  workloads?: Workloads;
  /** the labels of the nodes that it is for; absent: every host */
  nodes?: LabelRequirement[];
  /** as many events may each of its hooks tell of each cgroup; absent: any number */
  throttle?: EventRate;
  /** of events that are the same one is told in this time, and then how many there were; absent: each is told */
  aggregateMs?: number;
  /** as many processes may it kill a minute on each host, where the host's own budget allows as many; absent: that alone bounds it */
  killsPerMinute?: number;
}

export interface EventRate {
  events: number;
  intervalMs: number;
}

/** The closed union of hook types. A member our runtime has no driver for yet is refused at submission (TPG-001). */
export type HookType = 'kprobe' | 'tracepoint' | 'raw-tracepoint' | 'lsm' | 'uprobe' | 'usdt' | 'loader';

export interface NormalHook {
  type: HookType;
  /** JSON Pointer, e.g. `/spec/kprobes/0` */
  path: string;
  /**
   * kernel function (`tcp_connect`); syscall in one spelling (`sys_symlinkat`); `subsystem/event` for tracepoints; an LSM
   * hook by the kernel's name for it (`security_file_open`), so that a rule on the one is a rule on the other; a place in
   * a program by its file and what it is there (`/bin/bash:readline`), a marker by provider and name (`/bin/node:node/gc__start`);
   * `loader` for mapped executable files
   */
  call: string;
  syscall: boolean;
  /** its other name, by which guardrails know it too: `sys_openat` for `syscalls/sys_enter_openat` */
  also?: string;
  /** the ABI a syscall name carries: `i386` for `__ia32_sys_*` and `i386/sys_*` */
  abi?: 'x64' | 'i386';
  /** filters on paths are decided on the file itself, whatever text the call is made with */
  object?: true;
  /** uprobes, usdts: the place that `call` names */
  program?: ProgramPlace;
  args: NormalArg[];
  return: boolean;
  returnArg?: NormalArg;
  /** what is done with the socket that a call returns */
  returnFollow?: SocketFollowing;
  /** never empty: a hook without selectors has one that matches everything and posts */
  selectors: NormalSelector[];
  ignoreMissing: boolean;
  message?: string;
  tags: string[];
}

export interface ProgramPlace {
  /** as the agent sees it, from the root */
  path: string;
  at: PlaceWanted;
  /** where in the file the counter lies that says how many watch */
  refCtrOffset?: number;
}

export interface NormalArg {
  path: string;
  /** kernel function, marker: parameter number from 0; tracepoint: field number as upstream counts (common fields are 0 to 3) */
  index: number;
  /** canonical CRD type name: `int32`→`int`, `long`→`int64`, `ulong`→`uint64` */
  type: string;
  label?: string;
  /** 1-based parameter that holds the byte count; 0 = none */
  sizeArgIndex: number;
  /** a buffer that the call fills: read when it returns, as many bytes as it says */
  returnCopy?: true;
  /** of a buffer as much as a program has room for */
  maxData?: true;
  /** the path from the argument, or from the source, to the value that is meant */
  resolve?: string;
  /** the structure that the path starts at; absent: what the prototype says */
  btfType?: string;
  /** where the value comes from when it is no parameter; `index` is then -1 */
  source?: ValueSource;
  /** how this host's kernel reaches what `resolve` names: filled in when the plan is made */
  route?: FieldRoute;
}

/** What runs the hook: its task structure, or the registers it called the kernel with. */
export type ValueSource = 'current_task' | 'pt_regs';

export type Operator =
  | 'Equal'
  | 'NotEqual'
  | 'Prefix'
  | 'NotPrefix'
  | 'Postfix'
  | 'NotPostfix'
  | 'SubString'
  | 'SubStringIgnCase'
  | 'GT'
  | 'LT'
  | 'Mask'
  | 'InRange'
  | 'NotInRange'
  | 'SAddr'
  | 'NotSAddr'
  | 'DAddr'
  | 'NotDAddr'
  | 'SPort'
  | 'NotSPort'
  | 'DPort'
  | 'NotDPort'
  | 'Protocol'
  | 'Family'
  | 'State'
  | 'FileType'
  | 'NotFileType'
  | 'CapabilitiesGained';

export interface NormalMatch {
  path: string;
  /** position in `hook.args` (or 0 of the return value in matchReturnArgs) */
  argPosition: number;
  argIndex: number;
  type: string;
  operator: Operator;
  /** CapabilitiesGained: the position of the argument that holds what was there before */
  beforePosition?: number;
  /**
   * strings decoded (`"…\0"` without its NULs where the type strips them); numbers in decimal, ranges as `low:high`;
   * networks as `address/bits`; families, protocols, states and file types by name where they have one
   */
  values: readonly string[];
  /** they let everything pass, all together */
  everything?: true;
  /** paths, all of them spelt as a kernel spells them: what is not known to be so is looked at letter by letter */
  plain?: true;
  /** the files that whole paths name on this host: filled in when the plan is made */
  inodes?: InodeFact[];
}

export type NamespaceKind =
  | 'Uts'
  | 'Ipc'
  | 'Mnt'
  | 'Pid'
  | 'PidForChildren'
  | 'Net'
  | 'Time'
  | 'TimeForChildren'
  | 'Cgroup'
  | 'User';

export interface NamespaceMatch {
  path: string;
  namespace: NamespaceKind;
  operator: 'In' | 'NotIn';
  /** inode numbers in decimal, and `host_ns` for the one the host's first process is in */
  values: string[];
}

/** In: one of these kinds is not the one the process began with; NotIn: one of the others. */
export interface NamespaceChangeMatch {
  path: string;
  operator: 'In' | 'NotIn';
  values: NamespaceKind[];
}

export type CapabilitySet = 'Effective' | 'Inheritable' | 'Permitted';

export interface CapabilityMatch {
  path: string;
  type: CapabilitySet;
  operator: 'In' | 'NotIn';
  /** names such as CAP_SYS_ADMIN */
  values: string[];
  /** only processes outside of the initial user namespace */
  isNamespaceCapability: boolean;
}

export type BinaryOperator = 'In' | 'NotIn' | 'Prefix' | 'NotPrefix' | 'Postfix' | 'NotPostfix';

/** A filter on the path of an executable. */
export interface BinaryMatch {
  path: string;
  operator: BinaryOperator;
  values: readonly string[];
  /** what such a program started counts as well, and what that started */
  followChildren?: true;
  /** as of other filters: all values are paths as a kernel spells them */
  plain?: true;
}

export interface NormalSelector {
  path: string;
  matchArgs: NormalMatch[];
  matchReturnArgs: NormalMatch[];
  matchPIDs: {
    path: string;
    operator: 'In' | 'NotIn';
    values: number[];
    followForks: boolean;
    isNamespacePID: boolean;
  }[];
  matchBinaries: BinaryMatch[];
  /** the program that started this one; absent where the document names none */
  matchParentBinaries?: BinaryMatch[];
  /** absent where the document names none */
  matchNamespaces?: NamespaceMatch[];
  matchCapabilities?: CapabilityMatch[];
  matchNamespaceChanges?: NamespaceChangeMatch[];
  matchCapabilityChanges?: CapabilityMatch[];
  /** whose processes it is about, of those that the policy is about; absent: all */
  matchWorkloads?: Workloads;
  /** never empty: without matchActions it is one Post */
  actions: NormalAction[];
  returnActions: NormalAction[];
}

export type RateLimitScope = 'thread' | 'process' | 'global';

export interface NormalAction {
  path: string;
  action: 'Post' | 'NoPost' | 'Sigkill' | 'Signal' | 'Override' | 'Set' | SocketFollowing;
  /** ends or stops the process: Sigkill, Signal 9 and the other fatal or stopping signals */
  kills: boolean;
  argError?: number;
  argSig?: number;
  /** TrackSock, UntrackSock: position in `hook.args` */
  argSock?: number;
  /** Set: position in `hook.args`, and what is written there */
  argIndex?: number;
  argValue?: number;
  /** Post: at most one equal event of the scope in this time */
  rateLimitMs?: number;
  rateLimitScope?: RateLimitScope;
  /** Post: the event tells the way that led to the call, in the kernel and in the program */
  kernelStackTrace?: true;
  userStackTrace?: true;
  /** Post: the event tells the digest of the file that an LSM hook is about */
  imaHash?: true;
}

/** Whose a socket is: kept from now on, or no longer. */
export type SocketFollowing = 'TrackSock' | 'UntrackSock';

/** It changes what a process gets: a kill, a signal, an override, or a value of its own. */
export function strikes({ action }: Pick<NormalAction, 'action'>): boolean {
  return action === 'Sigkill' || action === 'Signal' || action === 'Override' || action === 'Set';
}

/** Some event of it tells the digest of a file. */
export function tellsHash({ selectors }: Pick<NormalHook, 'selectors'>): boolean {
  return selectors.some((s) => s.actions.some((a) => a.imaHash));
}

/** It says of some socket whose it is. */
export function followsSockets({ returnFollow, selectors }: NormalHook): boolean {
  const actions = selectors.flatMap((s) => [...s.actions, ...s.returnActions]);
  return returnFollow !== undefined || actions.some(({ argSock }) => argSock !== undefined);
}

/** True when some action of the policy does something to somebody. */
export function isEnforcing(policy: NormalPolicy): boolean {
  return policy.hooks.some((hook) =>
    hook.selectors.some((s) => [...s.actions, ...s.returnActions].some(strikes)),
  );
}
