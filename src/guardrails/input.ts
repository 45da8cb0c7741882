// SPDX-License-Identifier: Apache-2.0
import type { JudgeInput } from '../model/judge.ts';

/**
 * Throws where a submission lacks what rules stand on: in Rego a missing field makes a rule say nothing, and
 * nothing said would be allowed.
 */
export function checkInput(input: JudgeInput): void {
  if (!isObject(input)) throw new Error('the submission is no object');
  oneOf(input.operation, ['create', 'update', 'delete', 'load', 'activity'], 'operation');
  oneOf(input.effectiveMode, ['enforce', 'monitor'], 'effectiveMode');
  if (!isObject(input.subject) || typeof input.subject.user !== 'string')
    throw new Error('subject.user is missing');
  list(input.subject.groups, 'subject.groups');
  list(input.planned, 'planned');
  checkPolicy(input.policy, 'policy');
  if (input.operation === 'load') checkLoad(input.load);
  if (input.operation === 'activity') checkActivity(input.activity);
  if (input.oldPolicy !== undefined) checkPolicy(input.oldPolicy, 'oldPolicy');
  else if (input.operation === 'update') throw new Error('oldPolicy is missing, and this is an update');
}

function checkLoad(load: JudgeInput['load']): void {
  if (!isObject(load)) throw new Error('load is missing');
  oneOf(load.state, ['known', 'unknown'], 'load.state');
  oneOf(load.place, ['host', 'container', 'user namespace'], 'load.place');
  oneOf(load.user, ['named', 'other'], 'load.user');
  if (typeof load.loader?.path !== 'string' || typeof load.loader.digest !== 'string')
    throw new Error('load.loader is missing');
  list(load.loader.learned, 'load.loader.learned');
  list(load.programs, 'load.programs');
}

function checkActivity(activity: JudgeInput['activity']): void {
  if (!isObject(activity)) throw new Error('activity is missing');
  oneOf(activity.what, ['loaded', 'gone', 'often', 'unseen'], 'activity.what');
  for (const key of ['ours', 'sameLoader', 'kernelChecks', 'attached'] as const)
    if (typeof activity[key] !== 'boolean') throw new Error(`activity.${key} is missing`);
  for (const key of ['seconds', 'count'] as const)
    if (!Number.isFinite(activity[key])) throw new Error(`activity.${key} is no number`);
  if (typeof activity.loader?.path !== 'string') throw new Error('activity.loader is missing');
  for (const key of ['name', 'type', 'tag', 'attachType'] as const)
    if (typeof activity.program?.[key] !== 'string') throw new Error(`activity.program.${key} is missing`);
  oneOf(activity.program.signature, ['none', 'system', 'user'], 'activity.program.signature');
  list(activity.before, 'activity.before');
}

function checkPolicy(policy: JudgeInput['policy'], what: string): void {
  if (!isObject(policy)) throw new Error(`${what} is missing`);
  oneOf(policy.kind, ['TracingPolicy', 'TracingPolicyNamespaced'], `${what}.kind`);
  for (const key of ['name', 'digest'] as const) {
    if (typeof policy[key] !== 'string' || policy[key] === '') throw new Error(`${what}.${key} is missing`);
  }
  if (policy.kind === 'TracingPolicyNamespaced' && !policy.namespace)
    throw new Error(`${what}.namespace is missing`);
  if (!isObject(policy.annotations) || !isObject(policy.labels))
    throw new Error(`${what} has no annotations or labels`);
  list(policy.options, `${what}.options`);
  list(policy.scopes, `${what}.scopes`);
  list(policy.hooks, `${what}.hooks`);
  for (const [index, hook] of policy.hooks.entries()) checkHook(hook, `${what}.hooks[${index}]`);
}

function checkHook(hook: JudgeInput['policy']['hooks'][number], what: string): void {
  if (!isObject(hook) || typeof hook.call !== 'string') throw new Error(`${what}.call is missing`);
  list(hook.args, `${what}.args`);
  list(hook.selectors, `${what}.selectors`);
  for (const [index, selector] of hook.selectors.entries()) {
    const broken = brokenIn(selector);
    if (broken !== undefined) throw new Error(`${what}.selectors[${index}]${broken}`);
  }
}

/** Where it is is worked out when something is wrong: a policy has many lists. */
function brokenIn(selector: unknown): string | undefined {
  if (!isObject(selector)) return ' is no object';
  for (const key of SELECTOR_LISTS) if (!Array.isArray(selector[key])) return `.${key} is no list`;
  for (const key of OPTIONAL_LISTS)
    if (selector[key] !== undefined && !Array.isArray(selector[key])) return `.${key} is no list`;
  const areActions = ACTION_LISTS.every((key) => (selector[key] as unknown[]).every(isAction));
  return areActions ? undefined : ' has a broken action';
}

function isAction(value: unknown): boolean {
  const { action, kills } = (value ?? {}) as Record<string, unknown>;
  return typeof action === 'string' && typeof kills === 'boolean';
}

const ACTION_LISTS = ['actions', 'returnActions'] as const;

const SELECTOR_LISTS = [
  'matchArgs',
  'matchReturnArgs',
  'matchPIDs',
  'matchBinaries',
  'actions',
  'returnActions',
] as const;

const OPTIONAL_LISTS = [
  'matchNamespaces',
  'matchCapabilities',
  'matchParentBinaries',
  'matchNamespaceChanges',
  'matchCapabilityChanges',
] as const;

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function list(value: unknown, what: string): void {
  if (!Array.isArray(value)) throw new Error(`${what} is no list`);
}

function oneOf(value: unknown, allowed: readonly string[], what: string): void {
  if (!allowed.includes(value as string))
    throw new Error(`${what} is ${JSON.stringify(value)}, not one of ${allowed.join(', ')}`);
}
