// SPDX-License-Identifier: Apache-2.0
/** The programs of one hook: captures (entry, return) and the verdict, from one set of argument readers. */
import type { FeatureName, HostFacts } from '../model/facts.ts';
import { isReturnedObject } from '../model/language/arg-types.ts';
import type { NormalArg, NormalHook, NormalSelector } from '../model/normal-policy.ts';
import { argTypeCode } from './arg-types.ts';
import {
  type ArgConfig,
  type FamilyCode,
  type FurtherConfig,
  type HookConfig,
  type PlaceConfig,
  SIZE_RETURNED,
  type SourceCode,
} from './hook-config.ts';
import { TG_FOLLOW, TG_ROLE, TG_SOURCE, TG_TYPE } from './layout.generated.ts';
import type { FilePlace, HookPlan, HookReport, ProgramPlan, Template } from './plan.ts';
import { withReturned } from './returned.ts';
import { routedArg } from './routes.ts';
import { enforces, returnSelectorConfig, selectorConfig } from './selectors.ts';
import { lsmFunction, securityFunction } from './symbols.ts';

const {
  TG_ROLE_POST,
  TG_ROLE_KILL,
  TG_ROLE_COUNT,
  TG_ROLE_VERDICT,
  TG_ROLE_LEAVE,
  TG_ROLE_DELIVER,
  TG_ROLE_HINT,
} = TG_ROLE;

const FOLLOWS = { TrackSock: TG_FOLLOW.TG_FOLLOW_TRACK, UntrackSock: TG_FOLLOW.TG_FOLLOW_UNTRACK } as const;

export interface Readers {
  args: ArgConfig[];
  source: SourceCode;
  syscallNumber?: number;
  further?: FurtherConfig;
  /** as `paramsAsked` says */
  asked?: number;
  places?: PlaceConfig[];
}

export function argConfig(type: ArgConfig['type'], param: number, sizeParam = 0): ArgConfig {
  return { type, param, sizeParam, offsetBytes: 0, sizeBytes: 0 };
}

/** The kernel's structures point to the kernel's memory. */
function memoryOf({ source, resolve }: NormalArg, memory: 'kernel' | 'user'): 'kernel' | 'user' {
  return resolve !== undefined && source !== 'pt_regs' ? 'kernel' : memory;
}

function plainArg(arg: NormalArg, memory: 'kernel' | 'user'): ArgConfig {
  const inPieces = arg.type === 'char_iovec';
  const size = arg.returnCopy && !inPieces ? SIZE_RETURNED : arg.sizeArgIndex;
  return {
    ...argConfig(argTypeCode(arg.type, memory), arg.index, size),
    ...(arg.returnCopy && inPieces && { untilReturned: true }),
    ...(arg.maxData && { large: true }),
  };
}

/** The hook's arguments straight from the function's parameters. */
export function plainReaders(
  hook: NormalHook,
  memory: 'kernel' | 'user',
  source: SourceCode = TG_SOURCE.TG_SRC_ARGS,
): Readers {
  return {
    args: hook.args.map((a) => plainArg(a, memoryOf(a, memory))),
    source,
  };
}

export function hookConfig(hook: NormalHook, readers: Readers, roles: number, denies: boolean): HookConfig {
  const args = readers.args.map((arg, i) => routedArg(hook.args[i], arg, i));
  return {
    roles,
    source: readers.source,
    syscallNumber: readers.syscallNumber ?? 0,
    args,
    ...(readers.further && { further: readers.further }),
    ...(readers.asked && { paramsAsked: readers.asked }),
    ...(readers.places && { places: readers.places }),
    ...(hook.returnFollow && { returnFollow: FOLLOWS[hook.returnFollow] }),
    ...(hook.object && { canonical: true }),
    returnType:
      hook.returnArg && !isReturnedObject(hook.returnArg.type)
        ? argTypeCode(hook.returnArg.type, 'kernel')
        : TG_TYPE.TG_T_S64,
    selectors: hook.selectors.map((s, i) => selectorConfig(s, i, args, denies)),
  };
}

export interface Place {
  template: Template;
  target: string;
  btfId: number;
  file?: FilePlace;
}

/**
 * Entry posts and kills; where the policy asks for the return value, the exit posts, and kills where matchReturnActions
 * say so; what matchActions say does not wait for it. `carries`: the entry also leaves its verdict for the LSM
 * hook; `hints`: it tells that hook in which tasks to look (there is no return to tell of).
 */
export function capturePrograms(
  hook: NormalHook,
  readers: Readers,
  entry: Place,
  exit: Place,
  denies: boolean,
  tells: { carries?: FamilyCode; hints?: boolean } = {},
): ProgramPlan[] {
  const { carries, hints = false } = tells;
  const leave = carries === undefined ? 0 : TG_ROLE_LEAVE;
  const at = (place: Place, roles: number): ProgramPlan => ({
    ...place,
    config: {
      ...hookConfig(hook, readers, roles, denies),
      ...(carries !== undefined && { family: carries }),
    },
  });
  const hint = hints ? TG_ROLE_HINT : 0;
  if (!hook.return) return [at(entry, TG_ROLE_POST | TG_ROLE_KILL | TG_ROLE_COUNT | leave | hint)];
  const { signals, atReturn } = enforces(hook);
  const captured = at(exit, TG_ROLE_POST | TG_ROLE_COUNT | (atReturn ? TG_ROLE_KILL : 0));
  const post = { ...captured, config: withReturned(hook, captured.config) };
  const selectors = post.config.selectors.map((entered, i) =>
    returnSelectorConfig(hook.selectors[i] as NormalSelector, entered),
  );
  const told = { ...post, config: { ...post.config, selectors } };
  // the language has no hook that acts at both ends
  return (signals && !atReturn) || leave ? [told, at(entry, TG_ROLE_KILL | leave)] : [told];
}

/** In an LSM hook: returns what a capture of the family left for the call that runs. */
export function deliveryProgram(
  family: FamilyCode,
  place: Place,
  further?: FurtherConfig,
  more = 0,
): ProgramPlan {
  return {
    ...place,
    config: {
      roles: TG_ROLE_DELIVER | more,
      source: TG_SOURCE.TG_SRC_ARGS,
      syscallNumber: 0,
      args: [],
      returnType: TG_TYPE.TG_T_S64,
      selectors: [],
      family,
      ...(further && { further }),
    },
  };
}

/** In an LSM hook: tells the digest of what it is about, and denies as well where the policy does. */
export function hashProgram(
  hook: NormalHook,
  readers: Readers,
  place: Place,
  hashOf: NonNullable<HookConfig['hashOf']>,
  denies: boolean,
): ProgramPlan {
  const roles = TG_ROLE_POST | TG_ROLE_KILL | TG_ROLE_COUNT | (denies ? TG_ROLE_VERDICT : 0);
  return { ...place, config: { ...hookConfig(hook, readers, roles, denies), hashOf } };
}

export function verdictProgram(hook: NormalHook, readers: Readers, place: Place, more = 0): ProgramPlan {
  return { ...place, config: hookConfig(hook, readers, TG_ROLE_VERDICT | more, true) };
}

export function reportOf(hook: NormalHook, functionName: string): HookReport {
  return {
    functionName,
    args: hook.args.map((a) => ({
      type: a.type,
      ...(a.label !== undefined && { label: a.label }),
      ...(a.index < 0 && { data: true }),
    })),
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

/** There is no such function here: a refusal, but of a policy that says what to do about that. */
export function absence(hook: NormalHook, mechanism: string, reason: string): HookPlan {
  if (!hook.ignoreMissing) return refusal(hook, mechanism, reason);
  return { ...refusal(hook, mechanism, `${reason} (ignored, as the policy asks)`), absent: true };
}

/** Facts of a host that was asked by an older version. */
const NOT_ASKED = { available: 'unknown', reason: 'its facts do not say' } as const;

export function missing(facts: HostFacts, feature: FeatureName): string {
  const { available, reason } = facts.features[feature] ?? NOT_ASKED;
  const why = reason ? ` (${reason})` : '';
  return available === 'unknown'
    ? `it could not be told whether ${facts.host} has ${feature}${why}`
    : `${facts.host} has no ${feature}${why}`;
}

export function has(facts: HostFacts, feature: FeatureName): boolean {
  return facts.features[feature]?.available === 'yes';
}

/** Where a program can refuse what passes an LSM hook; undefined where this kernel has no way. */
export function verdictPlace(name: string, facts: HostFacts): Place | undefined {
  const lsm = facts.functions[lsmFunction(name)];
  if (has(facts, 'lsm') && lsm) return { template: 'lsm', target: lsmFunction(name), btfId: lsm.btfId };
  const target = securityFunction(name);
  const security = facts.functions[target];
  return has(facts, 'fmod_ret') && security
    ? { template: 'fmod_ret', target, btfId: security.btfId }
    : undefined;
}
