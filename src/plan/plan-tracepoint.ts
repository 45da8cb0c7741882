// SPDX-License-Identifier: Apache-2.0
/** Tracepoints: classic ones by the fields of their record, raw ones by their parameters. Neither can refuse a call. */
import type { HostFacts, TracepointField } from '../model/facts.ts';
import type { NormalArg, NormalHook } from '../model/normal-policy.ts';
import { argTypeCode, readsUserMemory } from './arg-types.ts';
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
import { TG_SOURCE, TG_TYPE } from './layout.generated.ts';
import type { HookPlan } from './plan.ts';
import { prototypeProblem } from './prototype-check.ts';
import { decidingArgs, enforces } from './selectors.ts';
import { eventOf } from './symbols.ts';

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

function fieldArg(
  arg: NormalArg,
  fields: TracepointField[],
  memory: 'kernel' | 'user',
  position: number,
): ArgConfig | string {
  const field = fields[arg.index];
  if (!field) return `it has ${fields.length} fields, and field ${arg.index} is asked for`;
  if (field.dynamic)
    return `field ${field.name} has a dynamic length (${field.type}), which is outside this runtime's language`;
  const type =
    arg.type === 'size_t' || field.sizeBytes <= 8 ? argTypeCode(arg.type, memory) : TG_TYPE.TG_T_NOP;
  return {
    type,
    param: position,
    sizeParam: 0,
    offsetBytes: field.offsetBytes,
    sizeBytes: Math.min(field.sizeBytes, 8),
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
  const readers = { args: args as ArgConfig[], source: TG_SOURCE.TG_SRC_ARGS };
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
