// SPDX-License-Identifier: Apache-2.0
/**
 * One event, in the field names, nesting and encoding of Tetragon's JSON export (64-bit integers are strings,
 * absent means zero), with our own `tracegate` object beside it.
 */
export interface TraceEvent {
  process_exec?: { process: EventProcess; parent?: EventProcess };
  process_exit?: {
    process: EventProcess;
    parent?: EventProcess;
    signal?: string;
    status?: number;
    time: string;
  };
  process_kprobe?: {
    process: EventProcess;
    parent?: EventProcess;
    function_name: string;
    args?: Record<string, unknown>[];
    /** values that are no arguments */
    data?: Record<string, unknown>[];
    return?: Record<string, unknown>;
    action: string;
    policy_name: string;
    return_action?: string;
    message?: string;
    tags?: string[];
    kernel_stack_trace?: StackFrame[];
    user_stack_trace?: StackFrame[];
  };
  process_tracepoint?: {
    process: EventProcess;
    parent?: EventProcess;
    subsys: string;
    event: string;
    args?: Record<string, unknown>[];
    policy_name: string;
    action: string;
    message?: string;
    tags?: string[];
    kernel_stack_trace?: StackFrame[];
    user_stack_trace?: StackFrame[];
  };
  process_lsm?: {
    process: EventProcess;
    parent?: EventProcess;
    /** the hook without its prefix: `file_open` */
    function_name: string;
    args?: Record<string, unknown>[];
    policy_name: string;
    action: string;
    message?: string;
    tags?: string[];
    kernel_stack_trace?: StackFrame[];
    user_stack_trace?: StackFrame[];
    /** `sha256:…`: the digest of the file */
    ima_hash?: string;
  };
  process_uprobe?: {
    process: EventProcess;
    parent?: EventProcess;
    path: string;
    symbol?: string;
    /** in the file; 64-bit numbers are strings */
    offset: string;
    ref_ctr_offset?: string;
    args?: Record<string, unknown>[];
    /** values that are no arguments */
    data?: Record<string, unknown>[];
    /** ours: Tetragon tells no return value of a program's function */
    return?: Record<string, unknown>;
    return_action?: string;
    policy_name: string;
    action: string;
    message?: string;
    tags?: string[];
    kernel_stack_trace?: StackFrame[];
    user_stack_trace?: StackFrame[];
  };
  process_usdt?: {
    process: EventProcess;
    parent?: EventProcess;
    path: string;
    provider: string;
    name: string;
    args?: Record<string, unknown>[];
    policy_name: string;
    action: string;
    message?: string;
    tags?: string[];
    kernel_stack_trace?: StackFrame[];
    user_stack_trace?: StackFrame[];
  };
  process_loader?: {
    process: EventProcess;
    parent?: EventProcess;
    path: string;
    /** base64; absent: the file has none, or it was not at hand */
    buildid?: string;
    /** ours: Tetragon does not tell which policy it was */
    policy_name: string;
  };
  /** a cgroup tells more than it may, or no longer does; the rest of what it tells is counted only */
  process_throttle?: { type: 'THROTTLE_START' | 'THROTTLE_STOP'; cgroup: string };
  node_name: string;
  time: string;
  tracegate?: TracegateExtra;
}

/** One function of a stack, innermost first. Never an address: that would tell where the kernel or the program lies. */
export interface StackFrame {
  /** of the kernel: from the beginning of the symbol; of a program: in the file. 64-bit numbers are strings; absent means zero */
  offset?: string;
  /** absent: it has no name, or it is not known */
  symbol?: string;
  /** of a program: the file, as the process has it mapped; `[unknown]` where that could not be told any more */
  module?: string;
}

const HOOK_PARTS = [
  'process_kprobe',
  'process_tracepoint',
  'process_lsm',
  'process_uprobe',
  'process_usdt',
] as const;

/** The part of an event that a policy's hook told, whatever the hook hangs on. */
export function hookPartOf(event: TraceEvent): TraceEvent[(typeof HOOK_PARTS)[number]] {
  for (const name of HOOK_PARTS) if (event[name]) return event[name];
  return undefined;
}

/** Whose container a process runs in, once the agent has learnt it from the cluster. */
export interface EventPod {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly container: {
    /** as the pod's status has it: `containerd://…` */
    readonly id: string;
    readonly name: string;
    readonly image: { readonly id?: string; readonly name?: string };
    readonly start_time?: string;
  };
  readonly pod_labels?: Readonly<Record<string, string>>;
}

/** Many events share one. */
export interface EventProcess {
  readonly exec_id: string;
  readonly pid: number;
  readonly uid?: number;
  readonly cwd?: string;
  readonly binary?: string;
  readonly arguments?: string;
  readonly flags?: string;
  readonly start_time?: string;
  readonly auid?: number;
  /** of its container's id, the first 31 digits */
  readonly docker?: string;
  readonly pod?: EventPod;
  readonly parent_exec_id?: string;
  readonly tid?: number;
}

export interface TracegateExtra {
  policy_revision?: number;
  policy_namespace?: string;
  decision_id?: string;
  mechanism?: string;
  guarantee?: string;
  mode?: string;
  /** which of the hook's selectors matched, counted from 0 as in the document */
  selector?: number;
  /** a signal was sent to the process */
  killed?: boolean;
  /** the call was refused before it had an effect */
  denied?: boolean;
  /** the action was not taken: monitor mode, a protected process, an empty kill budget, a suspension, a container nobody knows yet */
  would_have?: boolean;
  /** why it was not taken */
  spared?: 'monitor' | 'protected' | 'budget' | 'suspended' | 'unplaced';
  /** the policy is about certain pods, and whose container this is was not known yet */
  unplaced?: true;
  /** a value of the program was overwritten; or could not be, because its memory is not there or not to be written */
  set?: boolean;
  set_failed?: boolean;
  /** the process told is the one the socket belongs to (TrackSock): the call was seen in this one */
  seen_in?: { pid: number; tid: number };
  lost_before?: number;
  /** this event stands for so many more that are the same, from the first of them to the last; the one before them was told by itself */
  aggregated?: { count: string; first: string; last: string };
  /** of a cgroup that tells too much: its number, of what it does, and by which policy's hook */
  cgroup_id?: string;
  throttled?: 'processes' | 'policies' | 'hook';
  policy_name?: string;
  hook?: string;
}
