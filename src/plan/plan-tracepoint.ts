// SPDX-License-Identifier: Apache-2.0
/** Tracepoints: classic ones by the fields of their record, raw ones by their parameters. Neither can refuse a call. */
import type { HostFacts, TracepointField } from '../model/facts.ts';
import { ARG_TYPE_TABLE } from '../model/language/arg-types.ts';
import type { NormalArg, NormalHook } from '../model/normal-policy.ts';
import { argTypeCode, readsUserMemory } from './arg-types.ts';
import { elementsOf } from './derived-types.ts';
import type { ArgConfig } from './hook-config.ts';
import {
  capturePrograms,
  has,
  missing,
  type Place,
  plainReaders,
  type Readers,
  refusal,
  reportOf,
} from './hook-programs.ts';
import { TG_RECORD, TG_SOURCE, TG_TYPE } from './layout.generated.ts';
import type { HookPlan } from './plan.ts';
import { prototypeProblem } from './prototype-check.ts';
import { decidingArgs, enforces } from './selectors.ts';
import { eventOf } from './symbols.ts';

const WORD_BYTES = 8;
const OVERRIDE_REASON =
  'a tracepoint observes what is being done, it cannot refuse it: put the Override on a syscall or a security_* function';

function finish(hook: NormalHook, readers: Readers, place: Place, mechanism: string): HookPlan {
  const acts = enforces(hook);
  const racy =
    acts.signals && [...decidingArgs(hook)].some((p) => readsUserMemory(readers.args[p]?.type ?? 0));
  return {
    hook,
    mechanism,
    racy,
    programs: capturePrograms(hook, readers, place, place, false),
    report: reportOf(hook, hook.call),
    guarantee: acts.signals ? 'killed-after-effect' : 'observed',
  };
}

/** Text or bytes that lie in the record itself, or behind it; undefined for a value, and for what points to it. */
function inRecord(
  { type }: NormalArg,
  field: TracepointField,
): Pick<ArgConfig, 'type' | 'lies'> | string | undefined {
  const isText = type === 'string' || type === 'data_loc';
  if (field.dynamic && !isText)
    return `field ${field.name} has a dynamic length (${field.type}): it is read as data_loc, not as ${type}`;
  const lies = field.type.startsWith('__rel_loc') ? TG_RECORD.TG_R_BEHIND_FIELD : TG_RECORD.TG_R_BEHIND;
  if (field.dynamic) return { type: TG_TYPE.TG_T_STRING_DATA_LOC, lies };
  if (!elementsOf(field))
    return type === 'data_loc' ? `field ${field.name} is ${field.type}, and no data_loc` : undefined;
  if (isText) return { type: TG_TYPE.TG_T_STRING_DATA_LOC, lies: TG_RECORD.TG_R_INSIDE };
  if (type === 'char_buf' || type === 'const_buf')
    return { type: TG_TYPE.TG_T_BUF_KERNEL, lies: TG_RECORD.TG_R_INSIDE };
  return undefined;
}

/** Where a buffer's size stands: in another field, counted from 1. */
function lengthOf(
  { sizeArgIndex }: NormalArg,
  fields: TracepointField[],
): Pick<ArgConfig, 'lies' | 'length'> | string {
  const field = fields[sizeArgIndex - 1];
  if (!field || field.sizeBytes > WORD_BYTES)
    return `there is no field ${sizeArgIndex} (counted from 1) to read a size from`;
  const { offsetBytes, sizeBytes } = field;
  return { lies: TG_RECORD.TG_R_SIZED, length: { offsetBytes, sizeBytes } };
}

function fieldArg(
  arg: NormalArg,
  fields: TracepointField[],
  memory: 'kernel' | 'user',
  position: number,
): ArgConfig | string {
  const field = fields[arg.index];
  if (!field) return `it has ${fields.length} fields, and field ${arg.index} is asked for`;
  const { offsetBytes, sizeBytes } = field;
  const own = inRecord(arg, field);
  if (typeof own === 'string') return own;
  if (own) return { param: position, sizeParam: 0, offsetBytes, sizeBytes, ...own };
  if (arg.type === 'const_buf') return `field ${field.name} is ${field.type}, and no array`;
  // of an array a number is the first: the first argument of the call, in raw_syscalls/sys_enter
  const isFirst = ARG_TYPE_TABLE[arg.type]?.class === 'number';
  if (sizeBytes > WORD_BYTES && !isFirst && arg.type !== 'nop')
    return `field ${field.name} is ${field.type}, not ${arg.type}: leave the type out`;
  const sized = arg.sizeArgIndex > 0 ? lengthOf(arg, fields) : {};
  if (typeof sized === 'string') return sized;
  const type = argTypeCode(arg.type, memory);
  return {
    type,
    param: position,
    sizeParam: 0,
    offsetBytes,
    sizeBytes: Math.min(sizeBytes, WORD_BYTES),
    ...sized,
  };
}

export function planTracepoint(hook: NormalHook, facts: HostFacts): HookPlan {
  const mechanism = `tracepoint/${hook.call}`;
  if (!has(facts, 'tracepoint')) return refusal(hook, mechanism, missing(facts, 'tracepoint'));
  const fields = facts.tracepoints[hook.call];
  if (!fields)
    return refusal(
      hook,
      mechanism,
      `the kernel of ${facts.host} (${facts.kernelRelease}) has no tracepoint ${hook.call}`,
    );
  if (enforces(hook).overrides) return refusal(hook, mechanism, OVERRIDE_REASON);
  const memory = /^(raw_)?syscalls\//.test(hook.call) ? 'user' : 'kernel';
  const args = hook.args.map((arg, position) => fieldArg(arg, fields, memory, position));
  const problem = args.find((a) => typeof a === 'string');
  if (problem !== undefined) return refusal(hook, mechanism, `tracepoint ${hook.call}: ${problem as string}`);
  const readers: Readers = { args: args as ArgConfig[], source: TG_SOURCE.TG_SRC_ARGS };
  return finish(hook, readers, { template: 'tracepoint', target: hook.call, btfId: 0 }, mechanism);
}

export function planRawTracepoint(hook: NormalHook, facts: HostFacts): HookPlan {
  const event = eventOf(hook);
  const mechanism = `raw_tp/${event}`;
  if (!has(facts, 'raw_tracepoint')) return refusal(hook, mechanism, missing(facts, 'raw_tracepoint'));
  const prototype = facts.rawTracepoints[hook.call];
  if (!prototype)
    return refusal(
      hook,
      mechanism,
      `the kernel of ${facts.host} (${facts.kernelRelease}) has no raw tracepoint ${event}`,
    );
  if (enforces(hook).overrides) return refusal(hook, mechanism, OVERRIDE_REASON);
  const beyond = hook.args.find((a) => a.index >= prototype.params.length);
  if (beyond)
    return refusal(
      hook,
      mechanism,
      `raw tracepoint ${event} has ${prototype.params.length} parameters, and parameter ${beyond.index} is asked for`,
    );
  const problem = prototypeProblem(hook, event, prototype);
  if (problem) return refusal(hook, mechanism, problem);
  return finish(
    hook,
    plainReaders(hook, 'kernel'),
    { template: 'raw_tracepoint', target: event, btfId: 0 },
    mechanism,
  );
}
