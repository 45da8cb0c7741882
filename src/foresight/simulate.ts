// SPDX-License-Identifier: Apache-2.0
/** One call run through the selectors of one hook, by the matcher that the kernel programs are compared with. */
import type { NormalArg, NormalHook } from '../model/normal-policy.ts';
import type { HookConfig } from '../plan/hook-config.ts';
import { type ObservedCall, selectFirst } from '../plan/matcher.ts';
import { decidable, observedProcess, type Values } from './knowledge.ts';
import { type ObservedValue, observedValue, UNKNOWN } from './observed.ts';
import { EXECUTION } from './read-event.ts';
import type { Recorders, SeenCall, SeenProcess } from './seen.ts';
import { taskValue } from './task-values.ts';
import { isMeant } from './whose.ts';

export type Outcome =
  | { kind: 'miss' }
  | { kind: 'hit'; selector: number }
  /** the first of these that what is missing does not rule out takes it */
  | { kind: 'open'; may: Candidate[] };

export interface Candidate {
  selector: number;
  /** none: it takes all that those before it leave */
  missing: string[];
}

const PATHS: readonly string[] = ['file', 'path', 'fd', 'dentry', 'linux_binprm', 'kiocb'];

export function simulate(hook: NormalHook, config: HookConfig, seen: Values, process: SeenProcess): Outcome {
  const call = observedCall(hook, seen, process);
  const { whose, ...ofAll } = config;
  const may: Candidate[] = [];
  for (const { whose: own, ...whole } of config.selectors) {
    const meant = [isMeant(whose, process), isMeant(own, process)];
    const { selector, missing } = decidable(whole, seen, process);
    if (meant.includes(false) || !selectFirst({ ...ofAll, selectors: [selector] }, call)) continue;
    const gaps = [...meant.filter((why) => typeof why === 'string'), ...missing];
    may.push({ selector: whole.index, missing: [...new Set(gaps)] });
    if (gaps.length === 0) break;
  }
  const [first] = may;
  if (!first) return { kind: 'miss' };
  return first.missing.length === 0 ? { kind: 'hit', selector: first.selector } : { kind: 'open', may };
}

function observedCall(
  { args }: NormalHook,
  { values, returned }: Values,
  process: SeenProcess,
): ObservedCall {
  const told = args.map((_, i) => {
    const value = values[i] ?? UNKNOWN;
    return value === UNKNOWN ? undefined : value;
  });
  const { binary, parentBinary, pids } = process;
  return {
    values: told.map((value) => value?.value),
    parts: told.map((value) => value?.parts),
    pathLike: args.map(({ type }) => PATHS.includes(type)),
    ...(returned !== undefined && { returned }),
    pids,
    ...(binary !== undefined && { binary: Buffer.from(binary) }),
    ...(parentBinary !== undefined && { parentBinary: Buffer.from(parentBinary) }),
    process: observedProcess(process),
  };
}

/** What runs when a program is executed. */
const EXECUTING =
  /^(sys_execve(at)?|security_bprm_(check|check_security|creds_for_exec|creds_from_file|committing_creds|committed_creds)|sched\/sched_process_exec)$/;

export function isExecuting({ call }: Pick<NormalHook, 'call'>): boolean {
  return EXECUTING.test(call);
}

/** The same call, at whichever of its places; also where a function is named as the check of an LSM hook. */
export function isCallOf({ call, also = call }: Pick<NormalHook, 'call' | 'also'>, seen: SeenCall): boolean {
  if (seen.call === EXECUTION) return isExecuting({ call });
  return isSamePlace({ call }, seen) || nameOf({ call, also }) === nameOf(seen);
}

/** Another place of the same call may have been recorded: its tracepoint, its body in the kernel. */
const nameOf = ({ call, also = call }: Pick<NormalHook, 'call' | 'also'>) => also;

/** Some LSM hooks have another name than the function that calls them. */
const bare = (call: string) => call.replace(/^security_bprm_check_security$/, 'security_bprm_check');

function isSamePlace({ call }: Pick<NormalHook, 'call'>, seen: Pick<SeenCall, 'call'>): boolean {
  return bare(seen.call) === bare(call);
}

/** A tracepoint has fields where a function has parameters. */
const isTracepoint = (call: string) => call.includes('/');

function areParametersAlike(hook: Pick<NormalHook, 'call'>, seen: Pick<SeenCall, 'call'>): boolean {
  return isSamePlace(hook, seen) || !(isTracepoint(hook.call) || isTracepoint(seen.call));
}

/** The values of a call in the places of the hook's arguments. */
export function valuesOf(hook: NormalHook, seen: SeenCall, recorders: Recorders): Values {
  if (seen.call === EXECUTION) return executionValues(hook, seen.process);
  return withTask(recordedValues(hook, seen, recorders), hook, seen.process);
}

/** What the event says of the process stands for what the hook reads of it. */
export function withTask(of: Values, { args }: Pick<NormalHook, 'args'>, process: SeenProcess): Values {
  const values = of.values.map((value, i) =>
    value === UNKNOWN ? taskValue(args[i] as NormalArg, process) : value,
  );
  return { ...of, values };
}

function recordedValues(hook: NormalHook, seen: SeenCall, recorders: Recorders): Values {
  if (seen.call === 'loader') return { values: [], why: 'it is not told' };
  if (!areParametersAlike(hook, seen))
    return nothing(hook, `it was recorded at ${seen.call}, whose values are others`);
  const whose = recorders.get(seen.policy ?? '');
  if (!whose)
    return nothing(
      hook,
      `${seen.policy ?? 'the policy'}, which recorded it, is not known here: give its file with --recorded`,
    );
  const layouts = whose.filter((one) => isSamePlace(one, seen) && toldOf(one).length === seen.args.length);
  const [layout] = layouts;
  if (!layout || layouts.some((other) => spelt(other) !== spelt(layout)))
    return nothing(hook, `the values of its event are not those that ${seen.policy} reads now`);
  if (hook.object !== layout.object)
    return nothing(
      hook,
      `${seen.policy}, which recorded it, tells ${layout.object ? 'the file' : 'the text of the call'}, and this decides on ${hook.object ? 'the file' : 'the text'}`,
    );
  const values = hook.args.map((arg) => toldValue(arg, layout, seen));
  const returned = returnedOf(hook, seen);
  return {
    values,
    why: 'a value is not among those that were recorded, or was cut',
    ...(returned !== undefined && { returned }),
  };
}

const place = ({ index, type, source, resolve, btfType }: NormalArg) =>
  [index, type, source, resolve, btfType].join(' ');
const spelt = ({ args, object }: NormalHook) => [object, ...args.map(place)].join(';');

/** Places that are kept and not read stand in no event. */
const toldOf = ({ args }: NormalHook) => args.filter(({ type }) => type !== 'nop');

function toldValue(arg: NormalArg, layout: NormalHook, seen: SeenCall): ObservedValue | typeof UNKNOWN {
  const at = toldOf(layout).findIndex((other) => place(other) === place(arg));
  return at < 0 ? UNKNOWN : observedValue(arg.type, seen.args[at]);
}

function returnedOf({ returnArg }: NormalHook, { returned }: SeenCall): bigint | undefined {
  if (!returnArg || !returned) return undefined;
  const told = observedValue(returnArg.type, returned);
  return told !== UNKNOWN && typeof told.value === 'bigint' ? told.value : undefined;
}

function nothing({ args }: NormalHook, why: string): Values {
  return { values: args.map(() => UNKNOWN), why };
}

/** What is executed is known by its path. */
function executionValues(hook: NormalHook, { binary }: SeenProcess): Values {
  const path = binary === undefined ? UNKNOWN : { value: Buffer.from(binary) };
  const position = hook.call === 'sys_execveat' ? 1 : 0;
  const values = hook.args.map(({ type, index, resolve, source }) => {
    const isProgram = type === 'linux_binprm' || (hook.syscall && index === position && type === 'string');
    return isProgram && resolve === undefined && source === undefined ? path : UNKNOWN;
  });
  return { values, why: 'of what is executed only the path is known' };
}

/** By then the process is the new program already. */
const EXECUTED =
  /^(sched\/sched_process_exec|security_bprm_committ(ing|ed)_creds|syscalls\/sys_exit_execve(at)?)$/;

/** Who asks: of an execution, mostly the program before, which is the parent's where nothing was executed in between. */
export function actorOf(hook: Pick<NormalHook, 'call'>, { call, process }: SeenCall): SeenProcess {
  if (call !== EXECUTION || EXECUTED.test(hook.call)) return process;
  const { binary: _, parentBinary, ...rest } = process;
  return { ...rest, ...(parentBinary !== undefined && { binary: parentBinary }) };
}
