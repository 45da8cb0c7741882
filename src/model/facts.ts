// SPDX-License-Identifier: Apache-2.0
import type { FieldQuery, FieldRoute } from './field-path.ts';
import type { InodeFact } from './inode.ts';
import type { NamespaceKind } from './normal-policy.ts';
import type { PlaceWanted } from './program-place.ts';

/** What a host's kernel offers, as far as the policy in question needs it. Three-valued: `unknown` is never `yes`. */
export type Availability = 'yes' | 'no' | 'unknown';

export interface Feature {
  available: Availability;
  /** what is missing, or why it could not be told */
  reason?: string;
}

export type FeatureName =
  | 'kprobe'
  | 'fentry'
  | 'fmod_ret'
  | 'lsm'
  | 'raw_tracepoint'
  | 'tracepoint'
  | 'override_return'
  | 'ringbuf'
  | 'task_storage'
  /** a program that has begun ends before another task runs on its processor */
  | 'unpreempted'
  /** a program in an LSM hook is never left out, whoever is stopped in it */
  | 'lsm_whole'
  | 'uprobe'
  | 'uprobe_multi'
  | 'write_user';

/** A kernel function's prototype, from BTF. */
export interface FunctionPrototype {
  params: { name: string; type: string }[];
  returns: string;
  /** BTF id of the function: what tracing programs attach to */
  btfId: number;
}

export interface HostFacts {
  host: string;
  arch: 'x86_64';
  kernelRelease: string;
  /** RFC 3339, when they were read */
  time: string;
  features: Record<FeatureName, Feature>;
  /** of the functions asked about: prototype, or null where the kernel has none by that name */
  functions: Record<string, FunctionPrototype | null>;
  /** functions asked about on which an error may be injected (override, fmod_ret on syscalls) */
  injectable: string[];
  /** tracepoints asked about (`subsystem/event`): fields in order, or null */
  tracepoints: Record<string, TracepointField[] | null>;
  /** raw tracepoints asked about: prototype of the parameters, or null */
  rawTracepoints: Record<string, FunctionPrototype | null>;
  /** syscall numbers asked about, by `sys_name` and `i386/sys_name`; those of 32-bit programs with bit 31 set */
  syscallNumbers: Record<string, number>;
  /** the numbers of all system calls this kernel has, where that was asked */
  allSyscalls?: number[];
  /** places in programs asked about, by `placeName` */
  places: Record<string, PlaceFact>;
  /** paths inside the kernel's structures asked about, by `fieldName`; absent where none were */
  fields?: Record<string, FieldFact>;
  /** paths asked about; absent where none were */
  files?: Record<string, FileFact>;
  /** the node of a cluster that it is: its agent follows the pods on it. Absent: it is none, or nobody told the agent */
  node?: NodeFact;
  /** inode numbers of the namespaces the host's first process is in; absent where they could not be read */
  hostNamespaces?: Partial<Record<NamespaceKind, number>>;
  /** `sha256:<hex>` over all of the above but `time` */
  digest: string;
}

export interface NodeFact {
  name: string;
}

export interface TracepointField {
  name: string;
  type: string;
  offsetBytes: number;
  sizeBytes: number;
  signed: boolean;
  dynamic: boolean;
}

/**
 * Where an argument of a marker lies when it is passed: a constant, a register, or memory behind one. 64-bit numbers are
 * decimal text, registers have their full names.
 */
export interface ArgumentPlace {
  sizeBytes: number;
  signed: boolean;
  constant?: string;
  register?: string;
  /** present: it lies in memory, this far behind the register */
  offset?: string;
  index?: string;
  scale?: number;
}

/** One of the points that a marker stands at. */
export interface MarkerPoint {
  offset: number;
  /** where in the file the counter lies that says how many watch; 0: it has none */
  refCtrOffset: number;
  args: (ArgumentPlace | { unreadable: string })[];
}

/** A byte of a program's file, the points of a marker, or why there is none; `identity` tells whether it is still the same file. */
export type PlaceFact =
  | { offset: number; identity: string }
  | { points: MarkerPoint[]; identity: string }
  | { problem: string };

/** How a path is spelt without links on its way: the entry itself, and what it leads to where there is something. */
export interface FileFact {
  entry: string;
  target?: string;
  /** where the kernel was asked, and there is such a file */
  entryInode?: InodeFact;
  targetInode?: InodeFact;
}

export type FieldFact = FieldRoute | { problem: string };

export interface PlaceQuery {
  path: string;
  at: PlaceWanted;
}

/** What to tell about: the kernel symbols a policy names (see `plan.symbolsOf`). */
export interface FactsQuery {
  functions: string[];
  tracepoints: string[];
  rawTracepoints: string[];
  syscalls: string[];
  places: PlaceQuery[];
  fields?: FieldQuery[];
  /** paths from the root, which may lead through links */
  files?: string[];
  /** the numbers of all system calls are asked about */
  allSyscalls?: boolean;
}

/** Asks for what is true of a host whatever the policy. */
export const HOST_ALONE: FactsQuery = {
  functions: [],
  tracepoints: [],
  rawTracepoints: [],
  syscalls: [],
  places: [],
};
