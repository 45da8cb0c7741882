// SPDX-License-Identifier: Apache-2.0
/** The gate for loads of BPF programs: what is judged, what a host says of it, what may be asked of it. */
import { Fault } from '../errors.ts';
import { isSuspender, REASON_CHARACTERS_MAX, type Suspender } from './suspension.ts';

export const GATE_MODES = ['off', 'monitor', 'enforce'] as const;
export type GateMode = (typeof GATE_MODES)[number];

/** By the kernel's number, as bpftool spells them. */
export const PROGRAM_TYPES = [
  ...['unspec', 'socket_filter', 'kprobe', 'sched_cls', 'sched_act', 'tracepoint', 'xdp', 'perf_event'],
  ...['cgroup_skb', 'cgroup_sock', 'lwt_in', 'lwt_out', 'lwt_xmit', 'sock_ops', 'sk_skb', 'cgroup_device'],
  ...['sk_msg', 'raw_tracepoint', 'cgroup_sock_addr', 'lwt_seg6local', 'lirc_mode2', 'sk_reuseport'],
  ...[
    'flow_dissector',
    'cgroup_sysctl',
    'raw_tracepoint_writable',
    'cgroup_sockopt',
    'tracing',
    'struct_ops',
  ],
  ...['ext', 'lsm', 'sk_lookup', 'syscall', 'netfilter'],
] as const;

export const programTypeName = (number: number): string => PROGRAM_TYPES[number] ?? `type_${number}`;

/** What the kernel can tell of a request, as rules see it: `input.load`. */
export interface LoadRequest {
  state: 'known' | 'unknown';
  place: 'host' | 'container' | 'user namespace';
  /** whether the user is one that the loader's entry names */
  user: 'named' | 'other';
  loader: LoaderName & {
    /** types of programs that it loaded while the accepted baseline was learned */
    learned: string[];
  };
  /** what it may ask for; a finding names one by its place */
  programs: { asks: string; type: string }[];
}

export interface LoaderName {
  path: string;
  /** `sha256:<hex>` */
  digest: string;
}

/** An entry of the organisation's allow-list (`bpf.loaders`), as far as the host itself needs it. */
export interface ListedLoader {
  path: string;
  sha256?: string[];
  uids?: number[];
}

export interface GateLoader extends LoaderName {
  state: 'known' | 'refused' | 'absent';
  /** why the kernel does not know it */
  reason?: string;
}

export interface GateCounts {
  asked: number;
  denied: number;
  wouldHave: number;
  /** requests whose record was lost */
  lost: number;
}

export interface GateStatus {
  host: string;
  mode: GateMode;
  /** why it is not in force in this mode */
  reason?: string;
  suspended: boolean;
  rules: { digest: string; revision: string };
  loaders: GateLoader[];
  counts: GateCounts;
  baseline: { state: BaselineState; entries: number; unaccepted: number };
}

export interface GateRequest {
  mode: GateMode;
  reason: string;
  by: Suspender;
}

/** An executable that the next version of the agent is: while the gate enforces, any other is kept out like a stranger. */
export interface SuccessorRequest extends LoaderName {
  reason: string;
  by: Suspender;
}

export type BaselineState = 'none' | 'learning' | 'ended';

/** Something that was loaded: what tells it from other loads. */
export interface BaselineEntry extends LoaderName {
  name: string;
  type: string;
  attachType: number;
  /** of the function it is for; 0: none */
  target: number;
  count: number;
  first: string;
  last: string;
  /** learned: while that was asked for; new: seen for the first time afterwards */
  seen: 'learned' | 'new';
  accepted: boolean;
}

export interface Baseline {
  host: string;
  state: BaselineState;
  since?: string;
  until?: string;
  entries: BaselineEntry[];
}

export const BASELINE_ACTIONS = ['start', 'end', 'accept'] as const;

export interface BaselineRequest {
  action: (typeof BASELINE_ACTIONS)[number];
  /** of `start`: it ends by itself then */
  forSeconds?: number;
  /** of `accept`: only what was loaded by executables of these digests */
  digests?: string[];
  reason: string;
  by: Suspender;
}

/** The part of an agent's door that is about the gate for loads. */
export interface BpfGatePort {
  gateStatus(): Promise<GateStatus>;
  setGate(request: GateRequest): Promise<GateStatus>;
  admitSuccessor(request: SuccessorRequest): Promise<GateStatus>;
  baseline(): Promise<Baseline>;
  changeBaseline(request: BaselineRequest): Promise<Baseline>;
}

export const BPF_GATE_ROUTES = {
  gateStatus: 'GET /v1/bpf/guard',
  setGate: 'PUT /v1/bpf/guard',
  admitSuccessor: 'POST /v1/bpf/guard/successors',
  baseline: 'GET /v1/bpf/baseline',
  changeBaseline: 'POST /v1/bpf/baseline',
} as const;

export const BASELINE_SECONDS_MAX = 90 * 86_400;

/** A request that came over a wire. Throws Fault `bad-request`. */
export function gateRequest(body: unknown): GateRequest {
  const { mode, reason, by } = (body ?? {}) as Partial<GateRequest>;
  if (!GATE_MODES.includes(mode as GateMode)) throw wrong(`\`mode\` is none of ${GATE_MODES.join(', ')}`);
  return { mode: mode as GateMode, ...explained(reason, by) };
}

export const DIGEST_PATTERN = '^sha256:[0-9a-f]{64}$';
export const PATH_CHARACTERS_MAX = 4096;

/** The same, for the agent that comes next. */
export function successorRequest(body: unknown): SuccessorRequest {
  const { path, digest, reason, by } = (body ?? {}) as Partial<SuccessorRequest>;
  if (typeof path !== 'string' || !path.startsWith('/') || path.length > PATH_CHARACTERS_MAX)
    throw wrong('`path` is no absolute path');
  if (typeof digest !== 'string' || !new RegExp(DIGEST_PATTERN).test(digest))
    throw wrong('`digest` is not sha256: and 64 hexadecimal digits');
  return { path, digest, ...explained(reason, by) };
}

/** The same, for a change of the baseline. */
export function baselineRequest(body: unknown): BaselineRequest {
  const { action, forSeconds, digests, reason, by } = (body ?? {}) as Partial<BaselineRequest>;
  if (!BASELINE_ACTIONS.includes(action as BaselineRequest['action']))
    throw wrong(`\`action\` is none of ${BASELINE_ACTIONS.join(', ')}`);
  if (
    forSeconds !== undefined &&
    !(Number.isInteger(forSeconds) && forSeconds >= 1 && forSeconds <= BASELINE_SECONDS_MAX)
  )
    throw wrong(`\`forSeconds\` is no whole number from 1 to ${BASELINE_SECONDS_MAX}`);
  if (digests !== undefined && !(Array.isArray(digests) && digests.every((one) => typeof one === 'string')))
    throw wrong('`digests` is no list of texts');
  return {
    action: action as BaselineRequest['action'],
    ...(forSeconds !== undefined && { forSeconds }),
    ...(digests !== undefined && { digests }),
    ...explained(reason, by),
  };
}

function explained(reason: unknown, by: unknown): { reason: string; by: Suspender } {
  if (typeof reason !== 'string' || reason.trim() === '' || reason.length > REASON_CHARACTERS_MAX)
    throw wrong(`\`reason\` is missing, or longer than ${REASON_CHARACTERS_MAX} characters`);
  if (!isSuspender(by)) throw wrong('`by` does not say who asks');
  return { reason, by };
}

const wrong = (problem: string): Fault =>
  new Fault('bad-request', `this is no request to the gate: ${problem}`);
