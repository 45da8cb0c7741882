// SPDX-License-Identifier: Apache-2.0
/** The programs of one hook: captures (entry, return) and the verdict, from one set of argument readers. */
import type { FeatureName, HostFacts } from '../model/facts.ts';
import type { NormalHook } from '../model/normal-policy.ts';
import { argTypeCode } from './arg-types.ts';
import type { ArgConfig, HookConfig, SourceCode } from './hook-config.ts';
import { TG_ROLE, TG_SOURCE, TG_TYPE } from './layout.generated.ts';
import type { HookPlan, HookReport, ProgramPlan, Template } from './plan.ts';
import { enforces, selectorConfig } from './selectors.ts';

const { TG_ROLE_POST, TG_ROLE_KILL, TG_ROLE_COUNT, TG_ROLE_VERDICT } = TG_ROLE;

export interface Readers {
  args: ArgConfig[];
  source: SourceCode;
  syscallNumber?: number;
}

export function argConfig(type: ArgConfig['type'], param: number, sizeParam = 0): ArgConfig {
  return { type, param, sizeParam, offsetBytes: 0, sizeBytes: 0 };
}

/** The hook's arguments straight from the function's parameters. */
export function plainReaders(
  hook: NormalHook,
  memory: 'kernel' | 'user',
  source: SourceCode = TG_SOURCE.TG_SRC_ARGS,
): Readers {
  return {
    args: hook.args.map((a) => argConfig(argTypeCode(a.type, memory), a.index, a.sizeArgIndex)),
    source,
  };
}

export function hookConfig(hook: NormalHook, readers: Readers, roles: number, denies: boolean): HookConfig {
  return {
    roles,
    source: readers.source,
    syscallNumber: readers.syscallNumber ?? 0,
    args: readers.args,
    returnType: hook.returnArg ? argTypeCode(hook.returnArg.type, 'kernel') : TG_TYPE.TG_T_S64,
    selectors: hook.selectors.map((s, i) => selectorConfig(s, i, readers.args, denies)),
  };
}

export interface Place {
  template: Template;
  target: string;
  btfId: number;
}

/**
 * Entry posts and kills; where the policy asks for the return value, the exit posts and the entry only kills (a kill
 * must not wait for the return).
 */
export function capturePrograms(
  hook: NormalHook,
  readers: Readers,
  entry: Place,
  exit: Place,
  denies: boolean,
): ProgramPlan[] {
  const acts = enforces(hook);
  if (!hook.return) {
    return [
      { ...entry, config: hookConfig(hook, readers, TG_ROLE_POST | TG_ROLE_KILL | TG_ROLE_COUNT, denies) },
    ];
  }
  const post = { ...exit, config: hookConfig(hook, readers, TG_ROLE_POST | TG_ROLE_COUNT, denies) };
  if (!acts.signals) return [post];
  return [post, { ...entry, config: hookConfig(hook, readers, TG_ROLE_KILL, denies) }];
}

export function verdictProgram(hook: NormalHook, readers: Readers, place: Place): ProgramPlan {
  return { ...place, config: hookConfig(hook, readers, TG_ROLE_VERDICT, true) };
}

export function reportOf(hook: NormalHook, functionName: string): HookReport {
  return {
    functionName,
    args: hook.args.map((a) => ({ type: a.type, ...(a.label !== undefined && { label: a.label }) })),
    ...(hook.returnArg && { returnType: hook.returnArg.type }),
  };
}

export function refusal(hook: NormalHook, mechanism: string, reason: string): HookPlan {
  return {
    hook,
    mechanism,
    guarantee: 'observed',
    racy: false,
    programs: [],
    report: reportOf(hook, hook.call),
    refused: reason,
  };
}

export function missing(facts: HostFacts, feature: FeatureName): string {
  const { available, reason } = facts.features[feature];
  const why = reason ? ` (${reason})` : '';
  return available === 'unknown'
    ? `it could not be told whether ${facts.host} has ${feature}${why}`
    : `${facts.host} has no ${feature}${why}`;
}

export function has(facts: HostFacts, feature: FeatureName): boolean {
  return facts.features[feature].available === 'yes';
}
