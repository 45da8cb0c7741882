// SPDX-License-Identifier: Apache-2.0
/** The shape of a hook's event: what is told of the hook, of how its record ended, and of the values it read. */
import type { EventProcess, StackFrame, TraceEvent, TracegateExtra } from '../model/event.ts';
import { TG_ACTION, TG_SPARED } from '../plan/layout.generated.ts';
import type { HookReport, ProgramReport } from '../plan/plan.ts';
import type { KernelRecord } from './records.ts';

/** What the watcher has to know of the hook a record names. */
export interface WatchedHook {
  policyName: string;
  policyNamespace?: string;
  revision: number;
  decisionId: string;
  mode: string;
  mechanism: string;
  guarantee: string;
  functionName: string;
  isTracepoint: boolean;
  /** mapped files */
  isLoader?: boolean;
  /** of its events that are the same one is told in this time */
  aggregateMs?: number;
  /** a place in a program */
  program?: ProgramReport;
  args: HookReport['args'];
  returnType?: string;
  message?: string;
  tags: string[];
}

const ACTION_NAMES: Record<number, string> = {
  [TG_ACTION.TG_A_POST]: 'KPROBE_ACTION_POST',
  [TG_ACTION.TG_A_NOPOST]: 'KPROBE_ACTION_NOPOST',
  [TG_ACTION.TG_A_SIGKILL]: 'KPROBE_ACTION_SIGKILL',
  [TG_ACTION.TG_A_SIGNAL]: 'KPROBE_ACTION_SIGNAL',
  [TG_ACTION.TG_A_OVERRIDE]: 'KPROBE_ACTION_OVERRIDE',
  [TG_ACTION.TG_A_TRACKSOCK]: 'KPROBE_ACTION_TRACKSOCK',
  [TG_ACTION.TG_A_UNTRACKSOCK]: 'KPROBE_ACTION_UNTRACKSOCK',
  [TG_ACTION.TG_A_SET]: 'KPROBE_ACTION_SET',
};

/** As events name it. `action`: a TG_ACTION code. */
export const actionName = (action: number): string => ACTION_NAMES[action] ?? 'KPROBE_ACTION_UNKNOWN';

const SPARED_NAMES: Record<number, TracegateExtra['spared']> = {
  [TG_SPARED.TG_SPARED_MONITOR]: 'monitor',
  [TG_SPARED.TG_SPARED_PROTECTED]: 'protected',
  [TG_SPARED.TG_SPARED_BUDGET]: 'budget',
  [TG_SPARED.TG_SPARED_SUSPENDED]: 'suspended',
  [TG_SPARED.TG_SPARED_UNPLACED]: 'unplaced',
};

/** The functions behind LSM hooks are told as such, by whatever policy they are watched. */
const LSM_PREFIX = 'bpf_lsm_';

/** 64-bit numbers are strings; absent means zero. */
function placeParts({ path, symbol, offset, refCtrOffset }: ProgramReport) {
  return {
    path,
    ...(symbol !== undefined && { symbol }),
    offset: String(offset),
    ...(refCtrOffset > 0 && { ref_ctr_offset: String(refCtrOffset) }),
  };
}

/** How a hook's call ended. */
export type Ended = Pick<KernelRecord, 'selector' | 'spared' | 'killed' | 'denied'>;

/** What is told of the policy beside the event. */
export function extraOf(record: Ended, hook: WatchedHook): TracegateExtra {
  const spared = SPARED_NAMES[record.spared];
  return {
    policy_revision: hook.revision,
    ...(hook.policyNamespace !== undefined && { policy_namespace: hook.policyNamespace }),
    decision_id: hook.decisionId,
    mechanism: hook.mechanism,
    guarantee: hook.guarantee,
    mode: hook.mode,
    selector: record.selector,
    ...(record.killed && { killed: true }),
    ...(record.denied && { denied: true }),
    ...(spared && { would_have: true, spared }),
  };
}

/** What a policy's actions add to an event. */
export interface Beside {
  kernel_stack_trace?: StackFrame[];
  user_stack_trace?: StackFrame[];
  ima_hash?: string;
}

/** What differs between the events of one hook. */
export interface HookParts {
  process: EventProcess;
  parent?: EventProcess;
  args: Record<string, unknown>[];
  /** values that are no arguments */
  data: Record<string, unknown>[];
  /** TG_ACTION code */
  action: number;
  return?: Record<string, unknown>;
  /** absent in what goes the short way */
  beside?: Beside;
  tracegate: TracegateExtra;
}

function texts(hook: WatchedHook) {
  return {
    ...(hook.message !== undefined && { message: hook.message }),
    ...(hook.tags.length > 0 && { tags: hook.tags }),
  };
}

/** All but the node and the time. */
export function hookEvent(hook: WatchedHook, parts: HookParts): Omit<TraceEvent, 'node_name' | 'time'> {
  const { process, parent, args, data, tracegate } = parts;
  const action = actionName(parts.action);
  const common = {
    process,
    ...(parent && { parent }),
    ...(args.length > 0 && { args }),
    ...(data.length > 0 && { data }),
    action,
    policy_name: hook.policyName,
    ...texts(hook),
    ...parts.beside,
  };
  const returned = parts.return && { return: parts.return, return_action: action };
  if (hook.program?.marker)
    return { process_usdt: { ...common, path: hook.program.path, ...hook.program.marker }, tracegate };
  if (hook.program)
    return { process_uprobe: { ...common, ...placeParts(hook.program), ...returned }, tracegate };
  if (hook.isTracepoint) {
    const [subsys = '', event = ''] = hook.functionName.split('/');
    return { process_tracepoint: { ...common, subsys, event }, tracegate };
  }
  if (hook.functionName.startsWith(LSM_PREFIX)) {
    const function_name = hook.functionName.slice(LSM_PREFIX.length);
    return { process_lsm: { ...common, function_name }, tracegate };
  }
  return { process_kprobe: { ...common, function_name: hook.functionName, ...returned }, tracegate };
}
