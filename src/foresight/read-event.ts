// SPDX-License-Identifier: Apache-2.0
/** A line of an event export, ours or Tetragon's, as a call. */
import { Fault } from '../errors.ts';
import { knownAs } from '../model/language/known-as.ts';
import type { HookType } from '../model/normal-policy.ts';
import { TG_CAPSET, TG_NAMESPACE } from '../plan/layout.generated.ts';
import { type EventArg, maskOfNames } from './observed.ts';
import type { ProcessIds, SeenCall, SeenProcess } from './seen.ts';

type Told = Readonly<Record<string, unknown>>;

const asTold = (value: unknown): Told =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Told) : {};
const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

const KINDS = [
  'process_kprobe',
  'process_lsm',
  'process_tracepoint',
  'process_uprobe',
  'process_usdt',
  'process_loader',
  'process_exec',
] as const;

/** Undefined: an event of another kind, which no hook can have. Throws Fault `unreadable` for what is none at all. */
export function readEvent(line: string, where: string): SeenCall | undefined {
  let event: unknown;
  try {
    event = JSON.parse(line);
  } catch (cause) {
    throw new Fault('unreadable', `${where}: ${(cause as Error).message}`, { cause });
  }
  const told = asTold(event);
  const kind = KINDS.find((name) => told[name] !== undefined);
  if (kind === undefined) {
    if (Object.keys(told).some((name) => /^process_|^rate_limit_info$|^test$/.test(name))) return undefined;
    throw new Fault(
      'unreadable',
      `${where}: this is no event of an export: each line is a JSON object such as {"process_exec": …}`,
    );
  }
  const part = asTold(told[kind]);
  const call = callOf(kind, part);
  if (call === undefined) return undefined;
  const seen = callWith(kind, call, part);
  const ids = idsOf(asTold(part.process), told.tracegate !== undefined);
  return { ...seen, process: { ...seen.process, ...ids }, times: timesOf(told) };
}

/** Events that are the same may have been told by one. */
function timesOf({ tracegate, aggregation_info: info }: Told): number {
  const { count = asTold(info).count } = asTold(asTold(tracegate).aggregated);
  const times = Number(count ?? 1);
  return Number.isSafeInteger(times) && times > 0 ? times : 1;
}

function callWith(kind: (typeof KINDS)[number], call: string, part: Told): Omit<SeenCall, 'times'> {
  const policy = text(part.policy_name);
  const args = [...listOf(part.args), ...listOf(part.data)];
  return {
    process: processOf(asTold(part.process), asTold(part.parent)),
    call,
    ...alsoOf(kind, call),
    // what is executed is told of by no policy
    ...(policy !== undefined && kind !== 'process_exec' && { policy }),
    args: kind === 'process_loader' ? [{ file_arg: { path: part.path } }] : args,
    ...(part.return !== undefined && { returned: asTold(part.return) }),
  };
}

const listOf = (value: unknown): EventArg[] => (Array.isArray(value) ? value.map(asTold) : []);

const SYSCALL = /^__(x64|arm64|ia32)_(?:compat_)?(sys_\w+)$/;

/** Function names of events in the one spelling of the normal form. */
export function normalCall(name: string): string {
  const [, , call] = SYSCALL.exec(name) ?? [];
  if (call !== undefined) return call;
  return name.replace(/^bpf_lsm_/, 'security_');
}

function callOf(kind: (typeof KINDS)[number], part: Told): string | undefined {
  const name = text(part.function_name);
  switch (kind) {
    case 'process_kprobe':
      return name && normalCall(name);
    case 'process_lsm':
      return name && `security_${name}`;
    case 'process_tracepoint':
      return `${part.subsys}/${part.event}`;
    case 'process_uprobe':
      return `${part.path}:${part.symbol ?? part.offset}`;
    case 'process_usdt':
      return `${part.path}:${part.provider}/${part.name}`;
    default:
      return kind === 'process_loader' ? 'loader' : EXECUTION;
  }
}

const HOOK_TYPES: Partial<Record<(typeof KINDS)[number], HookType>> = {
  process_kprobe: 'kprobe',
  process_lsm: 'lsm',
  process_tracepoint: 'tracepoint',
};

function alsoOf(kind: (typeof KINDS)[number], call: string): Pick<SeenCall, 'also'> {
  const type = HOOK_TYPES[kind];
  const also = type && knownAs(type, call);
  return also === undefined ? {} : { also };
}

// biome-ignore format: a table is read in rows
const IDS: readonly (keyof ProcessIds)[] = ['uid', 'gid', 'suid', 'sgid', 'euid', 'egid', 'fsuid', 'fsgid'];

/** Tetragon's `uid` beside the credentials is the effective one, as it was told when the program began; ours is the real one. */
function idsOf(process: Told, isOurs: boolean): Pick<SeenProcess, 'ids'> {
  const credentials = asTold(process.process_credentials);
  const told = IDS.flatMap((name) => entryOf(name, credentials[name]));
  const all = [...entryOf(isOurs ? 'uid' : 'euid', process.uid), ...entryOf('auid', process.auid), ...told];
  return all.length === 0 ? {} : { ids: Object.fromEntries(all) };
}

function entryOf(name: keyof ProcessIds, value: unknown): [keyof ProcessIds, bigint][] {
  return typeof value === 'number' && Number.isInteger(value) ? [[name, BigInt(value)]] : [];
}

/** What is told when a program is executed: no hook of a policy, but all hooks on executing have passed by then. */
export const EXECUTION = 'execution';

function processOf(process: Told, parent: Told): SeenProcess {
  const pods = asTold(process.pod);
  const container = text(asTold(pods.container).id) ?? text(process.docker);
  const [pid, parentPid] = [process.pid, parent.pid].map((n) => (typeof n === 'number' ? n : undefined));
  const [binary, parentBinary] = [text(process.binary), text(parent.binary)];
  const pod = text(pods.name) && `${text(pods.namespace) ?? 'default'}/${text(pods.name)}`;
  return {
    ...(pid !== undefined && { pid }),
    ...(binary !== undefined && { binary }),
    ...(parentBinary !== undefined && { parentBinary }),
    pids: [pid, parentPid].filter((n) => n !== undefined),
    ...inContainerOf(process, container ?? pod),
    ...namespacesOf(asTold(process.ns)),
    ...capabilitiesOf(process.cap),
    ...(pod !== undefined && { pod }),
    ...(container !== undefined && { container }),
  };
}

/** Of the host's own no container is told; of a process that nobody has told anything of, it is not known. */
function inContainerOf(
  { exec_id: id, binary }: Told,
  container: string | undefined,
): Pick<SeenProcess, 'inContainer'> {
  if (container !== undefined) return { inContainer: true };
  return text(id) && text(binary) ? { inContainer: false } : {};
}

// biome-ignore format: a table is read in rows
const NAMESPACES: Readonly<Record<string, number>> = {
  uts: TG_NAMESPACE.TG_NS_UTS, ipc: TG_NAMESPACE.TG_NS_IPC, mnt: TG_NAMESPACE.TG_NS_MNT, pid: TG_NAMESPACE.TG_NS_PID,
  pid_for_children: TG_NAMESPACE.TG_NS_PID_FOR_CHILDREN, net: TG_NAMESPACE.TG_NS_NET, time: TG_NAMESPACE.TG_NS_TIME,
  time_for_children: TG_NAMESPACE.TG_NS_TIME_FOR_CHILDREN, cgroup: TG_NAMESPACE.TG_NS_CGROUP, user: TG_NAMESPACE.TG_NS_USER,
};

/** Told where the agent was asked to. */
function namespacesOf(ns: Told): Pick<SeenProcess, 'namespaces'> {
  const numbers = Object.entries(NAMESPACES).flatMap(([name, code]) => {
    const { inum } = asTold(ns[name]);
    return typeof inum === 'number' ? [[code, BigInt(inum)] as const] : [];
  });
  return numbers.length === 0 ? {} : { namespaces: new Map(numbers) };
}

const CAPABILITY_SETS = {
  permitted: TG_CAPSET.TG_CAP_PERMITTED,
  effective: TG_CAPSET.TG_CAP_EFFECTIVE,
  inheritable: TG_CAPSET.TG_CAP_INHERITABLE,
} as const;

/** An empty set is not written. */
function capabilitiesOf(cap: unknown): Pick<SeenProcess, 'capabilities'> {
  if (typeof cap !== 'object' || cap === null) return {};
  const masks = Object.entries(CAPABILITY_SETS).map(
    ([name, code]) => [code, maskOfNames((cap as Told)[name] ?? [])] as const,
  );
  if (masks.some(([, mask]) => mask === undefined)) return {};
  return { capabilities: new Map(masks as [number, bigint][]) };
}
