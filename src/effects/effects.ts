// SPDX-License-Identifier: Apache-2.0
/** What a policy would do, derived from its normal form and, where hosts are known, from what they planned. Pure. */
import type { PlannedHook } from '../model/judge.ts';
import {
  followsSockets,
  type NormalAction,
  type NormalHook,
  type NormalPolicy,
  type NormalSelector,
  strikes,
  tellsHash,
} from '../model/normal-policy.ts';
import type { MatchForm } from '../model/status.ts';
import { hookDetails, policyDetails, selectorDetails } from './details.ts';
import { type Cost, costOf, type Heat, heatOf } from './hook-costs.ts';
import { readWords } from './parameters.ts';
import { secretsOf } from './secrets.ts';
import { whoseWords } from './whose-words.ts';
import { actionWords, filterWords, hookWords, insideWords } from './words.ts';

export interface HookEffects {
  /** JSON Pointer */
  path: string;
  hook: string;
  heat: Heat;
  /** some selector takes every call */
  unfiltered: boolean;
  /** what is read and reported: the types of the arguments, and of the return value */
  captures: string[];
  /** in plain words, one per thing that can happen to somebody */
  consequences: string[];
  /** what each selector does, in their order, with all its values */
  selectors: { path: string; text: string }[];
  /** how it hooks, reads and tells, one sentence each */
  details: string[];
  /** what of it may be a secret of somebody */
  secrets: string[];
  hosts: {
    host: string;
    mechanism: string;
    guarantee: string;
    racy: boolean;
    row?: string;
    form?: MatchForm;
    passes?: string;
    refused?: string;
    cost: Cost;
  }[];
}

export interface Effects {
  mode: 'enforce' | 'monitor';
  kills: boolean;
  overrides: boolean;
  /** the path or address of something somebody uses, or bytes they read or write */
  capturesContent: boolean;
  hot: string[];
  hooks: HookEffects[];
  /** where and as what it runs, one sentence each */
  details: string[];
  /** the whole in a few sentences */
  summary: string[];
}

export function effectsOf(
  policy: NormalPolicy,
  planned: readonly PlannedHook[] = [],
  mode = policy.mode ?? 'enforce',
): Effects {
  const hooks = policy.hooks.map((hook) => hookEffects(hook, planned, mode));
  const actions = policy.hooks.flatMap((hook) => hook.selectors.flatMap(actionsOf));
  const effects = {
    mode,
    kills: actions.some(({ kills }) => kills),
    overrides: actions.some(({ action }) => action === 'Override'),
    capturesContent: policy.hooks.some(capturesContent),
    hot: [...new Set(hooks.filter(({ heat }) => heat === 'hot').map(({ hook }) => hook))],
    hooks,
    details: policyDetails(policy),
  };
  return { ...effects, summary: summaryOf(policy, effects) };
}

const CONTENT: readonly string[] = ['char_buf', 'char_iovec'];

function capturesContent({ args, returnArg }: NormalHook): boolean {
  return [...args, ...(returnArg ? [returnArg] : [])].some(({ type }) => CONTENT.includes(type));
}

function hookEffects(hook: NormalHook, planned: readonly PlannedHook[], mode: Effects['mode']): HookEffects {
  const loaded =
    hook.type === 'loader' ? ['the path of each executable file that is mapped', 'its build id'] : [];
  const captures = hook.args
    .filter(({ type }) => type !== 'nop')
    .map((arg) => `${insideWords(arg) ?? readWords(hook, arg)} as ${arg.type}`);
  return {
    path: hook.path,
    hook: hook.type === 'lsm' ? (hook.also ?? hook.call) : hook.call,
    heat: heatOf(hook),
    unfiltered: hook.selectors.some((selector) => filterWords(selector, hook).length === 0),
    captures:
      hook.return && hook.returnArg
        ? [...captures, `the return value as ${hook.returnArg.type}`, ...besideOf(hook)]
        : [...loaded, ...captures, ...besideOf(hook)],
    consequences: hook.selectors.flatMap((selector, position) =>
      consequencesOf(selector, hook).map((text) =>
        position === 0 ? text : `${text}, where no selector before fits`,
      ),
    ),
    selectors: hook.selectors.map((selector) => ({
      path: selector.path,
      text: `${selectorDetails(selector, hook)}${mode === 'monitor' && actionsOf(selector).some(strikes) ? ', were it enforcing' : ''}`,
    })),
    details: hookDetails(hook),
    secrets: secretsOf(hook),
    hosts: planned
      // one entry of a list is many hooks: the name tells which of them is meant
      .filter((plan) => plan.path === hook.path && plan.hook === hook.call)
      .map(({ host, mechanism, guarantee, racy, row, form, passes, refused, reason }) => ({
        host,
        mechanism,
        guarantee,
        racy,
        ...(row !== undefined && { row }),
        ...(form !== undefined && { form }),
        ...(passes !== undefined && { passes }),
        ...(refused ? { refused: reason ?? 'the kernel cannot do it as asked' } : {}),
        cost: costOf(mechanism),
      })),
  };
}

/** What actions add to what is captured. */
function besideOf(hook: NormalHook): string[] {
  const actions = hook.selectors.flatMap(actionsOf);
  return [
    ...(actions.some((a) => a.kernelStackTrace) ? ['the stack in the kernel'] : []),
    ...(tellsHash(hook) ? ['the digest of the file'] : []),
    ...(actions.some((a) => a.userStackTrace) ? ['the stack in the program'] : []),
  ];
}

function actionsOf(selector: NormalSelector): NormalAction[] {
  return [...selector.actions, ...selector.returnActions];
}

function consequencesOf(selector: NormalSelector, hook: NormalHook): string[] {
  const filters = filterWords(selector, hook);
  const who = filters.length === 0 ? 'every process' : `a process ${filters.join(' and ')}`;
  return actionsOf(selector)
    .filter(strikes)
    .map((action) => `${who} that ${hookWords(hook)} ${actionWords(action, hook)}`);
}

/** What tracking a socket means, and what it does not. */
const TRACKING = [
  'It tracks sockets: events on one name the process that was running when it was tracked (a socket made of a tracked one: the ' +
    'owner of that), not the one in which the kernel happens to work; that one is told beside it as seen_in.',
  'A tracked socket is known by its address: one that is handed on to another process, or freed without UntrackSock, or forgotten ' +
    'because 16384 newer ones are tracked, is told of the wrong process. Filters on processes, and kills, look at the one that runs.',
];

/** What it takes to see mapped files. */
const LOADING = [
  'It tells each executable file that a process maps, programs and libraries, once. While it is loaded the kernel looks up path and ' +
    'build id at every mapping of a file; while no agent runs nothing is told. A file whose beginning is not in memory has no build id.',
];

function summaryOf(policy: NormalPolicy, { mode, hot, hooks }: Omit<Effects, 'summary'>): string[] {
  const consequences = hooks.flatMap((hook) => hook.consequences);
  const names = [...new Set(hooks.map(({ hook }) => hook))];
  const some =
    names.length > 6 ? `${names.slice(0, 6).join(', ')} and ${names.length - 6} more` : names.join(', ');
  return [
    `${policy.name} hooks ${some}.`,
    ...(consequences.length === 0
      ? ['It only reports.']
      : consequences.map(
          (text) => `${mode === 'monitor' ? 'Would happen, were it enforcing: ' : ''}${text}.`,
        )),
    ...whoseWords(policy),
    ...(policy.hooks.some(followsSockets) ? TRACKING : []),
    ...(policy.hooks.some(({ type }) => type === 'loader') ? LOADING : []),
    ...(hot.length === 0 ? [] : [`Called very often: ${hot.join(', ')}.`]),
  ];
}
