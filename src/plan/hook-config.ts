// SPDX-License-Identifier: Apache-2.0
/**
 * A hook's selectors as the kernel programs read them: the intermediate form between a policy and the bytes of
 * `struct tg_hook_config`. The encoder turns it into those bytes, the matcher evaluates it in user space.
 */
import type { InodeFact } from '../model/inode.ts';
import type { EventRate } from '../model/normal-policy.ts';
import type { SomeWorkloads } from '../model/workloads.ts';
import type {
  TG_ACTION,
  TG_CLASS,
  TG_FAMILY,
  TG_FIELD,
  TG_FOLLOW,
  TG_FROM,
  TG_HASH_OF,
  TG_LIES,
  TG_LIMIT_SCOPE,
  TG_OP,
  TG_PROCESS_KIND,
  TG_RECORD,
  TG_SOURCE,
  TG_TYPE,
  TG_WORKLOAD,
} from './layout.generated.ts';

type ValueOf<T> = T[keyof T];
export type ArgTypeCode = ValueOf<typeof TG_TYPE>;
export type OpCode = ValueOf<typeof TG_OP>;
export type ClassCode = ValueOf<typeof TG_CLASS>;
export type FieldCode = ValueOf<typeof TG_FIELD>;
export type SourceCode = ValueOf<typeof TG_SOURCE>;
export type ActionCode = ValueOf<typeof TG_ACTION>;
export type ProcessKindCode = ValueOf<typeof TG_PROCESS_KIND>;
export type LimitScopeCode = ValueOf<typeof TG_LIMIT_SCOPE>;
export type FollowCode = ValueOf<typeof TG_FOLLOW>;
export type FamilyCode = ValueOf<typeof TG_FAMILY>;

/** As the programs' header has it. */
export const SIZE_RETURNED = 255;

export interface ArgConfig {
  type: ArgTypeCode;
  /** which raw value of the hooked function */
  param: number;
  /** 1-based raw value that holds a buffer's byte count; 0: none, SIZE_RETURNED: it is what the call returns */
  sizeParam: number;
  large?: boolean;
  /** of a buffer in pieces only as many bytes as the call returns */
  untilReturned?: boolean;
  /** of a tracepoint's field, where it does not hold the value itself */
  lies?: ValueOf<typeof TG_RECORD>;
  length?: { offsetBytes: number; sizeBytes: number };
  offsetBytes: number;
  sizeBytes: number;
  route?: RouteConfig;
}

/** The way to an argument that no raw value holds; its `param` is then behind the raw values. */
export interface RouteConfig {
  from: ValueOf<typeof TG_FROM>;
  /** the raw value it starts at, where it starts at one */
  param: number;
  offsets: number[];
  sizeBytes: number;
  signed: boolean;
}

export interface MatchConfig {
  /** position among the hook's arguments */
  arg: number;
  op: OpCode;
  cls: ClassCode;
  /** for the classes that look at a part of an object: which */
  field?: FieldCode;
  /** of two sets of capabilities: the argument that holds the older one */
  before?: number;
  /** for the classes without text, sign-extended to 64 bits: one a value, two a range, four a network */
  numbers: bigint[];
  /** for the text classes */
  strings: readonly string[];
  /** files that are meant whatever their path is */
  inodes?: InodeFact[];
}

/** Where a raw value of a stopped program lies. */
export interface PlaceConfig {
  lies: ValueOf<typeof TG_LIES>;
  /** words of `struct pt_regs` */
  base: number;
  index?: number;
  scale: number;
  sizeBytes: number;
  signed: boolean;
  /** what is added to the address, or the constant */
  offset: bigint;
}

/** A filter on the process that makes the call. */
export interface ProcessMatchConfig {
  kind: ProcessKindCode;
  /** which namespace, or which set of capabilities */
  which: number;
  negated: boolean;
  /** only processes outside of the initial user namespace */
  outsideOnly: boolean;
  /** inode numbers, or one mask: of capabilities, of kinds of namespace */
  numbers: bigint[];
}

/** `op`: one of those on text that is not negative; `follow`: what such a program started counts as well. */
export interface BinaryConfig {
  op: OpCode;
  values: readonly string[];
  negated: boolean;
  follow?: boolean;
}

/** Whose processes a hook or a selector is about. */
export interface WhoseConfig {
  workload: ValueOf<typeof TG_WORKLOAD>;
  /** which containers, where it is some: their number is known when it is loaded */
  scope?: SomeWorkloads;
}

export interface SelectorConfig {
  /** its place in the policy */
  index: number;
  /** absent: everybody that the hook is about */
  whose?: WhoseConfig;
  /** it also means those of whom it is not known whether they are in its scope */
  doubtful?: boolean;
  matches: MatchConfig[];
  returnMatches: MatchConfig[];
  pids?: { values: number[]; negated: boolean; namespaced: boolean; follow: boolean };
  processMatches?: ProcessMatchConfig[];
  binaries?: BinaryConfig;
  /** of the program that started this one */
  parents?: BinaryConfig;
  post: boolean;
  lastAction: ActionCode;
  /** -4095..-1, or 0 for none */
  error: number;
  /** the error stands for a kill: without the kill there is no denial */
  paired: boolean;
  signal: number;
  /** of equal events one goes through in this time */
  limit?: { ms: number; scope: LimitScopeCode };
  /** TG_STACK bits: which stacks its events tell */
  stacks?: number;
  /** its events tell the digest of the file that the LSM hook is about */
  hashes?: boolean;
  /** four bytes of the program that are overwritten: the raw value that holds where, and with what */
  set?: { param: number; value: number };
  /** positions among the hook's arguments of sockets that are tracked from now on, and of those that are no longer */
  tracks?: number[];
  untracks?: number[];
}

/** A syscall that enters the captured function, and the registers its arguments lie in. */
export interface DoorConfig {
  number: number;
  compat: boolean;
  /** raw value → register, 1-based in the order of arguments; 0: none */
  registers: number[];
}

/** Raw values that stand in no parameter of the function. */
export interface FurtherConfig {
  doors: DoorConfig[];
  /** calls made for io_uring count as a door */
  uring: boolean | 'worker';
  /** raw values the function implies */
  fixed: { slot: number; value: number }[];
  /** 1-based parameter that holds `struct open_flags`, and the raw values that take its flags and mode */
  open?: { param: number; flagsSlot: number; modeSlot: number };
  /** 1-based parameter that holds `struct msghdr`, and the raw value that takes its address */
  message?: { param: number; nameSlot: number; fastOpen?: boolean };
  /** 1-based parameter that holds a file name: only one that came from user space is meant */
  userNameParam?: number;
  unspecIsInet?: boolean;
  /** raw values that take the file names which the call walked, the one before the last and the last; or the one it walks now */
  walked?: { olderSlot?: number; newerSlot: number; goesOn: boolean };
  /** the raw value that takes the flags of the file in the first parameter */
  fileFlagsSlot?: number;
}

export interface HookConfig {
  /** a verdict is carried from the capture of this family to its LSM hook */
  family?: FamilyCode;
  further?: FurtherConfig;
  roles: number;
  source: SourceCode;
  syscallNumber: number;
  args: ArgConfig[];
  /** bits of the parameters that a program cannot load from its context; absent: none */
  paramsAsked?: number;
  /** hooks on programs: by raw value */
  places?: PlaceConfig[];
  /** absent: every process */
  whose?: WhoseConfig;
  /** as many events may a cgroup tell of the hook; absent: any number */
  throttle?: EventRate;
  /** of events that are the same one is told in this time; absent: each */
  aggregateMs?: number;
  /** paths begin at the top of the mount namespace, whatever the task's root */
  canonical?: boolean;
  returnType: ArgTypeCode;
  /** the last of the arguments is what the call returned */
  returnsObject?: boolean;
  /** what the first parameter of an LSM hook is, where a digest is told */
  hashOf?: ValueOf<typeof TG_HASH_OF>;
  /** of the socket that a call returns */
  returnFollow?: FollowCode;
  selectors: SelectorConfig[];
}

/** What ties a copy of a program to its policy; known only when it is loaded. */
export interface HookIds {
  hookId: number;
  policySlot: number;
  generation: number;
  /** under which its policy's tracked sockets are kept; absent where it tracks none */
  sockGroup?: number;
  /** 16 random bytes, by which equal events of a rate limit are recognised; absent: there is no limit */
  limitSeed?: Buffer;
  /** the agent bounds what a cgroup may tell */
  cgroupThrottled?: boolean;
  /** the number of a scope, from 1 on, by `scopeKey`; absent where nothing has one */
  scopes?: ReadonlyMap<string, number>;
}
