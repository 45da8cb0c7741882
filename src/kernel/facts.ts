// SPDX-License-Identifier: Apache-2.0
/** A host's facts from its files: BTF, the error-injection list, tracefs. What only a load can tell is handed in. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readlinkSync } from 'node:fs';
import { hostname, release } from 'node:os';
import canonicalize from 'canonicalize';
import type {
  FactsQuery,
  Feature,
  FeatureName,
  FunctionPrototype,
  HostFacts,
  NodeFact,
  TracepointField,
} from '../model/facts.ts';
import type { NamespaceKind } from '../model/normal-policy.ts';
import { Btf } from './btf.ts';
import { fieldFacts } from './fields.ts';
import { fileFact, type Identify } from './files.ts';
import { placeFacts } from './programs.ts';
import { SYSCALLS_I386 } from './syscalls-i386.ts';
import { SYSCALLS_X86_64 } from './syscalls-x86-64.ts';
import { parseTracepointFormat } from './tracepoint-format.ts';

export const FEATURES: readonly FeatureName[] = [
  'kprobe',
  'fentry',
  'fmod_ret',
  'lsm',
  'raw_tracepoint',
  'tracepoint',
  'override_return',
  'ringbuf',
  'task_storage',
  'unpreempted',
  'lsm_whole',
  'uprobe',
  'uprobe_multi',
  'write_user',
];

const BTF_FILE = '/sys/kernel/btf/vmlinux';
const INJECTION_FILE = '/sys/kernel/debug/error_injection/list';
const TRACEFS_DIRS = ['/sys/kernel/tracing', '/sys/kernel/debug/tracing'];

/** With what has been looked up in it some 15 MB, and read again within 50 ms: it is not kept for the next policy. */
const BTF_KEPT_MS = 5000;

let vmlinux: Btf | null | undefined;
let letGo: NodeJS.Timeout | undefined;

/** The running kernel's BTF, read once for all that is asked at a time; null where the kernel shows none. */
export function kernelBtf(): Btf | null {
  if (vmlinux === undefined) {
    vmlinux = existsSync(BTF_FILE) ? Btf.parse(readFileSync(BTF_FILE)) : null;
    letGo = setTimeout(() => {
      vmlinux = undefined;
      globalThis.gc?.(); // the agent runs with it: what is let go of would stay for as long as nothing happens
    }, BTF_KEPT_MS).unref();
  } else letGo?.refresh();
  return vmlinux;
}

function readOr(file: string, otherwise: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return otherwise; // not mounted or not permitted: the fact is then absent, which no plan takes for a yes
  }
}

function injectable(names: string[]): string[] {
  const listed = new Set(
    readOr(INJECTION_FILE, '')
      .split('\n')
      .map((line) => line.split(/\s/)[0]),
  );
  return names.filter((name) => listed.has(name));
}

export function tracepointFile(name: string, file: 'format' | 'id'): string | undefined {
  for (const dir of TRACEFS_DIRS) {
    const text = readOr(`${dir}/events/${name}/${file}`, '');
    if (text) return text;
  }
  return undefined;
}

function tracepointFields(name: string): TracepointField[] | null {
  const text = tracepointFile(name, 'format');
  return text ? parseTracepointFormat(text) : null;
}

/** Raw tracepoints are typedefs `btf_trace_<event>`; their first parameter is the tracer's own. */
function rawTracepoint(btf: Btf | null, name: string): FunctionPrototype | null {
  const prototype = btf?.typedefPrototype(`btf_trace_${name.slice(name.indexOf('/') + 1)}`);
  return prototype ? { ...prototype, params: prototype.params.slice(1) } : null;
}

/** What `/proc/1/ns` names, by the CRD's names. */
const NAMESPACE_FILES: readonly (readonly [NamespaceKind, string])[] = [
  ['Uts', 'uts'],
  ['Ipc', 'ipc'],
  ['Mnt', 'mnt'],
  ['Pid', 'pid'],
  ['PidForChildren', 'pid_for_children'],
  ['Net', 'net'],
  ['Time', 'time'],
  ['TimeForChildren', 'time_for_children'],
  ['Cgroup', 'cgroup'],
  ['User', 'user'],
];

/** The initial one of a kernel, since there are such numbers. */
const INITIAL_PID_NAMESPACE = 4026531836;

/** The namespaces of the host's first process, as far as they may be read; none where process 1 is a container's. */
function hostNamespaces(): Partial<Record<NamespaceKind, number>> {
  const inodeOf = (file: string): number | undefined => {
    try {
      return Number(/\[(\d+)\]$/.exec(readlinkSync(`/proc/1/ns/${file}`))?.[1]) || undefined;
    } catch {
      return undefined; // not permitted: what needs it is refused
    }
  };
  if (inodeOf('pid') !== INITIAL_PID_NAMESPACE) return {};
  return Object.fromEntries(
    NAMESPACE_FILES.flatMap(([kind, file]) => {
      const inode = inodeOf(file);
      return inode === undefined ? [] : [[kind, inode]];
    }),
  );
}

function table<T>(names: string[], value: (name: string) => T): Record<string, T> {
  return Object.fromEntries(names.map((name) => [name, value(name)]));
}

/** As the kernel's tracepoints tell a call by a 32-bit door. */
const I386 = /^i386\//;
const COMPAT_BIT = 0x8000_0000;

function syscallNumber(name: string): number | undefined {
  const bare = name.replace(I386, '').replace(/^sys_/, '');
  if (!I386.test(name)) return own(SYSCALLS_X86_64, bare);
  const number = own(SYSCALLS_I386, bare);
  return number === undefined ? undefined : number + COMPAT_BIT;
}

const own = (of: Readonly<Record<string, number>>, name: string) =>
  Object.hasOwn(of, name) ? of[name] : undefined;

/** Those that this kernel has a function for. */
function allSyscalls(btf: Btf | null): number[] {
  return Object.entries(SYSCALLS_X86_64).flatMap(([name, number]) =>
    btf?.prototype(`__x64_sys_${name}`) || btf?.prototype(`__do_sys_${name}`) ? [number] : [],
  );
}

function syscallNumbers(names: string[]): Record<string, number> {
  const known = names.map((name) => [name, syscallNumber(name)] as const);
  return Object.fromEntries(
    known.filter((entry): entry is readonly [string, number] => entry[1] !== undefined),
  );
}

/** Features nobody probed: never taken for available. */
export function unprobedFeatures(): Record<FeatureName, Feature> {
  return table([...FEATURES], () => ({
    available: 'unknown',
    reason: 'not probed: the agent asks the kernel',
  })) as Record<FeatureName, Feature>;
}

export interface AgentsOwn {
  /** only who may load programs can ask the kernel what it knows files by */
  identify?: Identify;
  node?: NodeFact;
}

/** `own`: what only an agent can tell. */
export function gatherFacts(
  query: FactsQuery,
  features: Record<FeatureName, Feature>,
  { identify, node }: AgentsOwn = {},
): HostFacts {
  const btf = kernelBtf();
  const namespaces = hostNamespaces();
  const facts: Omit<HostFacts, 'digest' | 'time'> = {
    host: hostname(),
    arch: 'x86_64',
    kernelRelease: release(),
    features,
    functions: table(query.functions, (name) => btf?.prototype(name) ?? null),
    injectable: injectable(query.functions),
    tracepoints: table(query.tracepoints, tracepointFields),
    rawTracepoints: table(query.rawTracepoints, (name) => rawTracepoint(btf, name)),
    syscallNumbers: syscallNumbers(query.syscalls),
    ...(query.allSyscalls && { allSyscalls: allSyscalls(btf) }),
    places: placeFacts(query.places),
    ...(query.fields && query.fields.length > 0 && { fields: fieldFacts(btf, query.fields) }),
    ...(query.files &&
      query.files.length > 0 && {
        files: table(query.files, (path) => fileFact(path, identify)),
      }),
    ...(node && { node }),
    ...(Object.keys(namespaces).length > 0 && { hostNamespaces: namespaces }),
  };
  const digest = `sha256:${createHash('sha256')
    .update(canonicalize(facts) as string)
    .digest('hex')}`;
  return { ...facts, time: new Date().toISOString(), digest };
}
