// SPDX-License-Identifier: Apache-2.0
/** NormalSelector → SelectorConfig, for a program that reads the hook's arguments in a certain way. */

import { isReturnedObject } from '../model/language/arg-types.ts';
import { numbersOf } from '../model/language/part-values.ts';
import { maskOf, type Network, parseNetwork } from '../model/networks.ts';
import type {
  NormalAction,
  NormalHook,
  NormalMatch,
  NormalSelector,
  RateLimitScope,
} from '../model/normal-policy.ts';
import { fieldCode, matchClass, opCode } from './arg-types.ts';
import type {
  ActionCode,
  ArgConfig,
  FieldCode,
  LimitScopeCode,
  MatchConfig,
  OpCode,
  SelectorConfig,
} from './hook-config.ts';
import { TG_ACTION, TG_CLASS, TG_LIMIT_SCOPE, TG_OP, TG_STACK } from './layout.generated.ts';
import { processMatches } from './process-filters.ts';
import { programConfigs } from './program-filters.ts';

const SIGKILL = 9;
const EPERM = 1;

const ACTION_CODES: Record<NormalAction['action'], ActionCode> = {
  Post: TG_ACTION.TG_A_POST,
  NoPost: TG_ACTION.TG_A_NOPOST,
  Sigkill: TG_ACTION.TG_A_SIGKILL,
  Signal: TG_ACTION.TG_A_SIGNAL,
  Override: TG_ACTION.TG_A_OVERRIDE,
  TrackSock: TG_ACTION.TG_A_TRACKSOCK,
  UntrackSock: TG_ACTION.TG_A_UNTRACKSOCK,
  Set: TG_ACTION.TG_A_SET,
};

const LIMIT_SCOPES: Record<RateLimitScope, LimitScopeCode> = {
  thread: TG_LIMIT_SCOPE.TG_L_THREAD,
  process: TG_LIMIT_SCOPE.TG_L_PROCESS,
  global: TG_LIMIT_SCOPE.TG_L_GLOBAL,
};

export function signalOf(actions: readonly NormalAction[]): number {
  const action = actions.findLast((a) => a.action === 'Sigkill' || a.action === 'Signal');
  if (!action) return 0;
  return action.action === 'Sigkill' ? SIGKILL : (action.argSig ?? 0);
}

export function overrideOf(selector: NormalSelector): number {
  return selector.actions.findLast((a) => a.action === 'Override')?.argError ?? 0;
}

function wordsOf({ address, prefix }: Network): bigint[] {
  return [address, maskOf(prefix)].flatMap((bytes) => [bytes.readBigUInt64LE(0), bytes.readBigUInt64LE(8)]);
}

function partConfig(match: NormalMatch, field: FieldCode): MatchConfig {
  const op = opCode(match.operator);
  const networks = op === TG_OP.TG_OP_NET || op === TG_OP.TG_OP_NOTNET;
  const numbers = networks
    ? match.values.flatMap((text) => wordsOf(parseNetwork(text) as Network))
    : match.values.flatMap((value) => numbersOf(match.operator, value));
  const cls = networks ? TG_CLASS.TG_C_ADDRESS : TG_CLASS.TG_C_FIELD;
  return { arg: match.argPosition, op, cls, field, numbers, strings: [] };
}

/** The numbers of a filter on a number. */
function numericValues(match: NormalMatch, op: OpCode): bigint[] {
  const ranges = op === TG_OP.TG_OP_RANGE || op === TG_OP.TG_OP_NOTRANGE;
  return ranges ? match.values.flatMap((v) => numbersOf(match.operator, v)) : match.values.map(BigInt);
}

/** The letters of ASCII; the others have no case that a program knows of. */
function stringsOf(values: readonly string[], op: OpCode): readonly string[] {
  const small = (text: string) => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  return op === TG_OP.TG_OP_CONTAINS_FOLDED ? values.map(small) : values;
}

export function matchConfig(match: NormalMatch, args: ArgConfig[]): MatchConfig {
  const field = fieldCode(match.operator);
  if (field !== undefined) return partConfig(match, field);
  const op = opCode(match.operator);
  const cls = matchClass(match.type, args[match.argPosition]?.type ?? 0, op);
  const textual = cls === TG_CLASS.TG_C_TEXT || cls === TG_CLASS.TG_C_DIRECT;
  return {
    arg: match.argPosition,
    op,
    cls,
    ...(match.beforePosition !== undefined && { before: match.beforePosition }),
    numbers: textual ? [] : numericValues(match, op),
    strings: textual ? stringsOf(match.values, op) : [],
    ...(match.inodes && { inodes: match.inodes }),
  };
}

/** The last Post that has one says it, as the last action says what the event is called. */
function limitOf(actions: readonly NormalAction[]): SelectorConfig['limit'] {
  const last = actions.findLast((a) => a.rateLimitMs !== undefined);
  return last && { ms: last.rateLimitMs as number, scope: LIMIT_SCOPES[last.rateLimitScope ?? 'thread'] };
}

/** Absent where they ask for none. */
function stacksOf(actions: readonly NormalAction[]): Pick<SelectorConfig, 'stacks'> {
  const kernel = actions.some((a) => a.kernelStackTrace) ? TG_STACK.TG_STACK_KERNEL : 0;
  const user = actions.some((a) => a.userStackTrace) ? TG_STACK.TG_STACK_USER : 0;
  const stacks = kernel | user;
  return stacks === 0 ? {} : { stacks };
}

/** Positions of the sockets that actions follow. */
function followed(actions: readonly NormalAction[]): Pick<SelectorConfig, 'tracks' | 'untracks'> {
  const of = (name: NormalAction['action']) =>
    actions.flatMap((a) => (a.action === name && a.argSock !== undefined ? [a.argSock] : []));
  const [tracks, untracks] = [of('TrackSock'), of('UntrackSock')];
  return { ...(tracks.length > 0 && { tracks }), ...(untracks.length > 0 && { untracks }) };
}

/** `denies`: the hook has a verdict, so that a kill is paired with a denial of the call. */
export function selectorConfig(
  selector: NormalSelector,
  index: number,
  args: ArgConfig[],
  denies: boolean,
): SelectorConfig {
  const signal = signalOf(selector.actions);
  const error = overrideOf(selector);
  const [pids] = selector.matchPIDs;
  const process = processMatches(selector);
  const limit = limitOf(selector.actions);
  const paired = error === 0 && denies && selector.actions.some((a) => a.kills);
  return {
    index,
    matches: selector.matchArgs.map((m) => matchConfig(m, args)),
    returnMatches: selector.matchReturnArgs
      .filter(({ type }) => !isReturnedObject(type))
      .map((m) => matchConfig({ ...m, argPosition: 0 }, args)),
    ...(pids && {
      pids: {
        values: pids.values,
        negated: pids.operator === 'NotIn',
        namespaced: pids.isNamespacePID,
        follow: pids.followForks,
      },
    }),
    ...(process.length > 0 && { processMatches: process }),
    ...programConfigs(selector),
    post: !selector.actions.some((a) => a.action === 'NoPost'),
    ...(limit && { limit }),
    ...stacksOf(selector.actions),
    ...(selector.actions.some((a) => a.imaHash) && { hashes: true }),
    ...followed(selector.actions),
    lastAction: ACTION_CODES[(selector.actions.at(-1) as NormalAction).action],
    error: paired ? -EPERM : error,
    paired,
    signal,
  };
}

/**
 * The same selector where the hook's exit posts and acts: what is done there is what matchReturnActions names. Its event
 * is called by that, if by anything.
 */
export function returnSelectorConfig(selector: NormalSelector, entry: SelectorConfig): SelectorConfig {
  const { returnActions } = selector;
  const last = returnActions.findLast((a) => a.action !== 'NoPost' && a.action !== 'Post');
  const limit = limitOf(returnActions) ?? entry.limit;
  return {
    ...entry,
    signal: signalOf(returnActions) || entry.signal,
    post: entry.post && !returnActions.some((a) => a.action === 'NoPost'),
    ...(limit && { limit }),
    ...stacksOf([...selector.actions, ...returnActions]),
    ...followed([...selector.actions, ...returnActions]),
    ...(last && { lastAction: ACTION_CODES[last.action] }),
  };
}

/** The arguments that decide which selector of the hook comes first: all that any selector compares. */
export function decidingArgs(hook: NormalHook): Set<number> {
  return new Set(
    hook.selectors.flatMap((s) =>
      s.matchArgs.flatMap((m) => [m.argPosition, m.beforePosition ?? m.argPosition]),
    ),
  );
}

/** `atReturn`: it is when the call returns that something is done to somebody. */
export function enforces(hook: NormalHook): {
  kills: boolean;
  overrides: boolean;
  signals: boolean;
  /** a value of the program itself is overwritten */
  sets: boolean;
  atReturn: boolean;
} {
  const actions = hook.selectors.flatMap((s) => s.actions);
  const signals = (list: NormalAction[]) => list.some((a) => a.action === 'Sigkill' || a.action === 'Signal');
  const atReturn = signals(hook.selectors.flatMap((s) => s.returnActions));
  return {
    kills: actions.some((a) => a.kills),
    overrides: actions.some((a) => a.action === 'Override'),
    signals: signals(actions) || atReturn,
    sets: actions.some((a) => a.action === 'Set'),
    atReturn,
  };
}
