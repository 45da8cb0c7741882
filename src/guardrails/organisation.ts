// SPDX-License-Identifier: Apache-2.0
/** From an organisation's data to the document the compiled rules read as `data`. */
import type { Profile, RuleEntry, RuleMode } from './catalogue.ts';
import type { RuleException } from './exceptions.ts';
import { compiledLists, listsOfCalls } from './hook-lists.ts';
import { type Protected, pathLists } from './path-lists.ts';

/** An organisation's data: the shape is that of rego/data/schema.json, the defaults are rego/data/*.json. */
export interface Organisation {
  rules?: Record<string, RuleChoice>;
  exceptions?: RuleException[];
  [key: string]: unknown;
}

/** Another mode for a rule than the profile's, everywhere or in the first of the cases that fits. */
export interface RuleChoice {
  mode?: RuleMode;
  where?: RuleCase[];
}

/** Fits a submission that every list it has names something of. */
export interface RuleCase {
  mode: RuleMode;
  groups?: string[];
  users?: string[];
  namespaces?: string[];
  policies?: string[];
  environments?: string[];
}

type Described = Pick<RuleEntry, 'id' | 'modes' | 'monitor' | 'applies'>;

export interface CompileOptions {
  /** `off`: every rule runs, whether it can apply or not; only to prove that the selection loses nothing */
  selection?: 'on' | 'off';
  /** only these rules run; only to measure what one of them takes */
  only?: readonly string[];
}

/** The data document for one profile: `organisation`, and per rule its mode. */
export function compiledData(
  organisation: Organisation,
  rules: readonly Described[],
  profile: Profile,
  options: CompileOptions = {},
): Record<string, unknown> {
  // the module does not see exceptions: they stand around it, and are in its data so that its digest names them
  const { rules: modes = {}, exceptions = [], ...rest } = organisation;
  const modeOf = (rule: Described): RuleMode => modes[rule.id]?.mode ?? rule.modes[profile];
  const casesOf = (rule: Described): RuleCase[] => modes[rule.id]?.where ?? [];
  const isOn = (rule: Described): boolean =>
    (options.only?.includes(rule.id) ?? true) &&
    [modeOf(rule), ...casesOf(rule).map(({ mode }) => mode)].some((mode) => mode !== 'off');
  const ruleData = (rule: Described) => {
    const where = casesOf(rule);
    return { mode: modeOf(rule), monitor: rule.monitor, ...(where.length > 0 && { where }) };
  };
  return {
    organisation: {
      ...rest,
      hooks: compiledLists(rest.hooks),
      calls: listsOfCalls({
        ...(rest.hooks as Record<string, string[]> | undefined),
        secretArguments: Object.keys(rest.secretArguments ?? {}),
      }),
      paths: pathLists((rest.protected ?? {}) as Protected),
    },
    rules: Object.fromEntries(rules.map((rule) => [rule.id, ruleData(rule)])),
    scoped: rules.filter((rule) => isOn(rule) && casesOf(rule).length > 0).map((rule) => rule.id),
    groups: Object.fromEntries(
      [...groupsOf(rules)].map(([name, members]) => [name, members.filter(isOn).map((rule) => rule.id)]),
    ),
    on: Object.fromEntries(rules.filter(isOn).map((rule) => [rule.id, true])),
    exceptions,
    judging: { selection: options.selection ?? 'on' },
  };
}

/** Rules that can apply under the same traits, by a name made of them: they are selected together. */
export function groupsOf<Rule extends Pick<RuleEntry, 'applies'>>(
  rules: readonly Rule[],
): Map<string, Rule[]> {
  return Map.groupBy(rules, (rule) => ['rules', ...rule.applies.toSorted()].join('_'));
}

/** Keys below which an organisation's list is added to ours and cannot take anything away. */
const EXTENDED = new Set(['protected', 'names']);

/** The organisation's data over the defaults: objects key by key, lists replaced except where they protect. */
export function mergeOrganisation(defaults: Organisation, own: Organisation): Organisation {
  return merge(defaults, own, false) as Organisation;
}

function merge(ours: unknown, theirs: unknown, extend: boolean): unknown {
  if (Array.isArray(ours) && Array.isArray(theirs))
    return extend ? [...new Set([...ours, ...theirs])] : theirs;
  if (!isObject(ours) || !isObject(theirs)) return theirs;
  const keys = new Set([...Object.keys(ours), ...Object.keys(theirs)]);
  return Object.fromEntries(
    [...keys].map((key) => {
      if (!Object.hasOwn(theirs, key)) return [key, ours[key]];
      if (!Object.hasOwn(ours, key)) return [key, theirs[key]];
      return [key, merge(ours[key], theirs[key], extend || EXTENDED.has(key))];
    }),
  );
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
