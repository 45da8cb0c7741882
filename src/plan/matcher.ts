// SPDX-License-Identifier: Apache-2.0
/** The kernel's matcher (bpf/include/match.h) in TypeScript, over the same configuration. */
import { type InodeFact, sameInode } from '../model/inode.ts';
import { type Membership, scopeKey } from '../model/workloads.ts';
import type {
  BinaryConfig,
  FieldCode,
  HookConfig,
  MatchConfig,
  OpCode,
  ProcessMatchConfig,
  SelectorConfig,
  WhoseConfig,
} from './hook-config.ts';
import { TG_CLASS, TG_OP, TG_PROCESS_KIND, TG_WORKLOAD } from './layout.generated.ts';

/** An object's parts, as far as it has them: numbers, and addresses as 16 bytes (an IPv4 one mapped). */
export type ObservedParts = ReadonlyMap<FieldCode, bigint | Buffer>;

/** One call as the matcher sees it. A value is undefined where it could not be read: no filter on it matches. */
export interface ObservedCall {
  values: (bigint | Buffer | undefined)[];
  /** of the arguments that are objects; undefined where it could not be read */
  parts?: (ObservedParts | undefined)[];
  /** the types for which an empty text means "has no path" (file, path, fd) */
  pathLike: boolean[];
  /** of the arguments that are files */
  inodes?: (InodeFact | undefined)[];
  returned?: bigint;
  /** the process is in a container; absent: it cannot be told, and every policy is about it */
  inContainer?: boolean;
  /** which scopes its container is in, by `scopeKey`; absent: nobody has told */
  scopes?: ReadonlyMap<string, Membership>;
  /** pid, then its ancestors upwards, as the policy counts them */
  pids: number[];
  binary?: Buffer;
  /** the program that started it */
  parentBinary?: Buffer;
  /** every program it comes from, as far as that was kept */
  startedBy?: readonly Buffer[];
  /** the same of the program that started it */
  parentStartedBy?: readonly Buffer[];
  process?: ObservedProcess;
}

/** The process that makes the call, by the codes of its namespaces and sets of capabilities; absent: not known. */
export interface ObservedProcess {
  namespaces: ReadonlyMap<number, bigint>;
  capabilities: ReadonlyMap<number, bigint>;
  /** 0: the initial one */
  userNamespaceLevel: number;
  /** what it is compared with where changes are asked for; absent: not known */
  begun?: Pick<ObservedProcess, 'namespaces' | 'capabilities'>;
}

const NEGATIVE: ReadonlySet<OpCode> = new Set([
  TG_OP.TG_OP_NE,
  TG_OP.TG_OP_NOTPREFIX,
  TG_OP.TG_OP_NOTPOSTFIX,
  TG_OP.TG_OP_NOTRANGE,
  TG_OP.TG_OP_NOTNET,
]);

function numberHits(op: OpCode, signed: boolean, value: bigint, want: bigint): boolean {
  const as = (n: bigint) => (signed ? BigInt.asIntN(64, n) : BigInt.asUintN(64, n));
  switch (op) {
    case TG_OP.TG_OP_GT:
      return as(value) > as(want);
    case TG_OP.TG_OP_LT:
      return as(value) < as(want);
    case TG_OP.TG_OP_MASK:
      return (BigInt.asUintN(64, value) & BigInt.asUintN(64, want)) !== 0n;
    default:
      return BigInt.asUintN(64, value) === BigInt.asUintN(64, want);
  }
}

/** Of ASCII; bytes of other letters are left as they are. */
function smallLetters(text: Buffer): Buffer {
  return Buffer.from(text.map((byte) => (byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte)));
}

function textHits(op: OpCode, text: Buffer, want: Buffer): boolean {
  switch (op) {
    case TG_OP.TG_OP_PREFIX:
    case TG_OP.TG_OP_NOTPREFIX:
      return text.subarray(0, want.length).equals(want);
    case TG_OP.TG_OP_POSTFIX:
    case TG_OP.TG_OP_NOTPOSTFIX:
      return text.length >= want.length && text.subarray(text.length - want.length).equals(want);
    case TG_OP.TG_OP_CONTAINS:
      return text.includes(want);
    case TG_OP.TG_OP_CONTAINS_FOLDED:
      return smallLetters(text).includes(want);
    default:
      return text.equals(want);
  }
}

function groupsOf(numbers: bigint[], size: number): bigint[][] {
  return Array.from({ length: numbers.length / size }, (_, i) => numbers.slice(i * size, (i + 1) * size));
}

function inRange(match: MatchConfig, value: bigint): boolean {
  const as = (n: bigint) =>
    match.cls === TG_CLASS.TG_C_SIGNED ? BigInt.asIntN(64, n) : BigInt.asUintN(64, n);
  return groupsOf(match.numbers, 2).some(
    ([low = 0n, high = 0n]) => as(value) >= as(low) && as(value) <= as(high),
  );
}

/** The words of a mapped IPv4 address, and of a mask that covers the mapping. */
const isMapped = (high: bigint, low: bigint) => high === 0n && (low & 0xffff_ffffn) === 0xffff_0000n;

function inNetwork(match: MatchConfig, address: Buffer): boolean {
  const [high, low] = [address.readBigUInt64LE(0), address.readBigUInt64LE(8)];
  return groupsOf(match.numbers, 4).some(([wantHigh = 0n, wantLow = 0n, highMask = 0n, lowMask = 0n]) => {
    const of4 = isMapped(wantHigh, wantLow) && (lowMask & 0xffff_ffffn) === 0xffff_ffffn;
    const same = ((high ^ wantHigh) & highMask) === 0n && ((low ^ wantLow) & lowMask) === 0n;
    return isMapped(high, low) === of4 && same;
  });
}

function partMatches(match: MatchConfig, field: FieldCode, call: ObservedCall): boolean {
  const part = call.parts?.[match.arg]?.get(field);
  if (part === undefined) return false;
  const hit = typeof part === 'bigint' ? inRange(match, part) : inNetwork(match, part);
  return NEGATIVE.has(match.op) ? !hit : hit;
}

function numberMatches(match: MatchConfig, value: bigint): boolean {
  const ranges = match.op === TG_OP.TG_OP_RANGE || match.op === TG_OP.TG_OP_NOTRANGE;
  const hit = ranges
    ? inRange(match, value)
    : match.numbers.some((want) => numberHits(match.op, match.cls === TG_CLASS.TG_C_SIGNED, value, want));
  return NEGATIVE.has(match.op) ? !hit : hit;
}

function hasGained(now: bigint | Buffer, before: bigint | Buffer | undefined): boolean {
  return typeof now === 'bigint' && typeof before === 'bigint' && (now & ~before) !== 0n;
}

function argMatches(match: MatchConfig, call: ObservedCall): boolean {
  if (match.field) return partMatches(match, match.field, call);
  const inode = call.inodes?.[match.arg];
  if (inode && match.inodes?.some((other) => sameInode(inode, other))) return !NEGATIVE.has(match.op);
  const value = call.values[match.arg];
  if (value === undefined) return false;
  if (match.before !== undefined) return hasGained(value, call.values[match.before]);
  if (typeof value === 'bigint') return numberMatches(match, value);
  if (value.length === 0 && call.pathLike[match.arg]) return false;
  const hit = match.strings.some((want) => textHits(match.op, value, Buffer.from(want, 'utf8')));
  return NEGATIVE.has(match.op) ? !hit : hit;
}

function pidMatches(pids: NonNullable<SelectorConfig['pids']>, call: ObservedCall): boolean {
  const seen = pids.follow ? call.pids.slice(0, 10) : call.pids.slice(0, 1);
  if (pids.namespaced && pids.follow && seen[0] === 0) return false;
  return seen.some((pid) => pids.values.includes(pid)) !== pids.negated;
}

function hasMoved(
  { numbers: [kinds = 0n] }: ProcessMatchConfig,
  { begun, namespaces }: ObservedProcess,
): boolean {
  if (!begun) return false;
  return [...namespaces].some(
    ([kind, inode]) =>
      (kinds >> BigInt(kind)) & 1n && inode !== 0n && inode !== (begun.namespaces.get(kind) ?? 0n),
  );
}

function capabilitiesChanged(match: ProcessMatchConfig, { begun, capabilities }: ObservedProcess): boolean {
  if (!begun) return false;
  const [wanted = 0n] = match.numbers;
  const changed = (begun.capabilities.get(match.which) ?? 0n) ^ (capabilities.get(match.which) ?? 0n);
  const hit = (changed & wanted) !== 0n;
  return match.negated ? changed !== 0n && !hit : hit;
}

function processMatches(match: ProcessMatchConfig, process: ObservedProcess | undefined): boolean {
  if (!process || (match.outsideOnly && process.userNamespaceLevel === 0)) return false;
  if (match.kind === TG_PROCESS_KIND.TG_P_NAMESPACE_CHANGES) return hasMoved(match, process);
  if (match.kind === TG_PROCESS_KIND.TG_P_CAPABILITY_CHANGES) return capabilitiesChanged(match, process);
  const ofNamespace = match.kind === TG_PROCESS_KIND.TG_P_NAMESPACE;
  const value = (ofNamespace ? process.namespaces : process.capabilities).get(match.which);
  if (value === undefined || (ofNamespace && value === 0n)) return false;
  const hit = match.numbers.some((number) => (ofNamespace ? number === value : (number & value) !== 0n));
  return match.negated ? !hit : hit;
}

/** `startedBy`: all the programs it comes from, where they are followed. */
function programMatches(filter: BinaryConfig, program?: Buffer, startedBy: readonly Buffer[] = []): boolean {
  if (!program?.length) return false;
  const seen = filter.follow ? [program, ...startedBy] : [program];
  const hit = seen.some((text) =>
    filter.values.some((path) => textHits(filter.op, text, Buffer.from(path, 'utf8'))),
  );
  return hit !== filter.negated;
}

function selectorMatches(selector: SelectorConfig, call: ObservedCall): boolean {
  const { pids, binaries, parents } = selector;
  if (pids && !pidMatches(pids, call)) return false;
  if (selector.processMatches?.some((match) => !processMatches(match, call.process))) return false;
  if (binaries && !programMatches(binaries, call.binary, call.startedBy)) return false;
  if (parents && !programMatches(parents, call.parentBinary, call.parentStartedBy)) return false;
  if (!selector.matches.every((match) => argMatches(match, call))) return false;
  const { returned } = call;
  return returned === undefined || selector.returnMatches.every((match) => numberMatches(match, returned));
}

/** Whether it means the call's process; undefined: that cannot be told. */
export function isAbout(
  whose: WhoseConfig | undefined,
  { inContainer, scopes }: Pick<ObservedCall, 'inContainer' | 'scopes'>,
): boolean | undefined {
  const { workload = TG_WORKLOAD.TG_W_ANY, scope } = whose ?? {};
  if (workload === TG_WORKLOAD.TG_W_ANY) return true;
  if (scope === undefined) {
    return inContainer === undefined ? undefined : inContainer === (workload === TG_WORKLOAD.TG_W_CONTAINERS);
  }
  if (inContainer === false) return workload === TG_WORKLOAD.TG_W_HOST_AND_SCOPE;
  const member = scopes?.get(scopeKey(scope)) ?? 'unknown';
  return member === 'unknown' ? undefined : member === 'in';
}

/** The first selector that matches, or undefined. */
export function selectFirst(config: HookConfig, call: ObservedCall): SelectorConfig | undefined {
  if (isAbout(config.whose, call) === false) return undefined;
  return config.selectors.find(
    (selector) =>
      (isAbout(selector.whose, call) ?? selector.doubtful ?? false) && selectorMatches(selector, call),
  );
}
