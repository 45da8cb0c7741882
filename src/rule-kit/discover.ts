// SPDX-License-Identifier: Apache-2.0
/** Which guardrails there are: every folder CATEGORY/RULE with a rule.rego, described by its METADATA. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  hasKnownExceptions,
  hasKnownModes,
  hasKnownMonitor,
  PROFILES,
  RULE_MODES,
  type RuleEntry,
} from '../guardrails/catalogue.ts';
import { ROOT, runOpa } from './opa.ts';

export const GUARDRAILS = join(ROOT, 'rego/guardrails');

/** A rule of the catalogue, and the Rego package that holds it. */
export interface FoundRule extends RuleEntry {
  package: string;
  /** its rule.rego */
  file: string;
}

/** A directory of rules, and how it is named to people: from the checkout's root for ours, not at all for others'. */
export interface Root {
  path: string;
  shown: string;
}

/** A rule that is not whole: which, and what it lacks. */
export interface Gap {
  folder: string;
  lacks: string[];
}

interface Folder {
  /** how to name it: from the checkout's root for ours, from their own for others' */
  shown: string;
  category: string;
  name: string;
  path: string;
}

interface Annotations {
  scope: string;
  title?: string;
  description?: string;
  custom?: Partial<RuleEntry>;
}

interface Inspected {
  annotations?: { annotations: Annotations; path: { value: string }[] }[];
}

const SEVERITIES: readonly unknown[] = ['critical', 'high', 'medium', 'low'];

function folders(path: string): string[] {
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}

/** Folders of rules under the given roots, in the order of their paths; those that hold only rules of others are not. */
function ruleFolders(roots: readonly Root[]): Folder[] {
  return roots.flatMap((root) =>
    folders(root.path).flatMap((category) =>
      folders(join(root.path, category))
        .map((name) => {
          const shown = join(root.shown, category, name);
          return { category, name, path: join(root.path, category, name), shown };
        })
        .filter(({ path }) => readdirSync(path).some((file) => /^rule(_test)?\.rego$/.test(file))),
    ),
  );
}

function packageOf({ category, name }: Folder): string {
  return `tracegate.guardrails.${category}.${name}`.replaceAll('-', '_');
}

/** The rules with their metadata, as the catalogue has them; every gap is an error that names the folder. */
export function discoverRules(opa: string, roots: readonly Root[]): FoundRule[] {
  const { rules, gaps } = inspectRules(opa, roots);
  const [first] = gaps;
  if (first) throw new Error(`${first.folder}/rule.rego lacks or misstates: ${first.lacks.join('; ')}`);
  return rules;
}

/** The rules that are whole, and what the others lack. */
export function inspectRules(opa: string, roots: readonly Root[]): { rules: FoundRule[]; gaps: Gap[] } {
  const byPackage = annotationsIn(opa, roots);
  const gaps: Gap[] = [];
  const rules = ruleFolders(roots).flatMap((folder) => {
    const found = byPackage.get(packageOf(folder));
    const lacks = found ? gapsIn(folder, found) : [`package ${packageOf(folder)} with METADATA is missing`];
    if (lacks.length > 0) gaps.push({ folder: folder.shown, lacks });
    return found && lacks.length === 0 ? [describe(folder, found)] : [];
  });
  gaps.push(...doubles(rules));
  return { rules, gaps };
}

function annotationsIn(opa: string, roots: readonly Root[]): Map<string, Annotations> {
  const byPackage = new Map<string, Annotations>();
  for (const { path: root } of roots) {
    const { annotations = [] } = JSON.parse(runOpa(opa, ['inspect', '-a', '-f', 'json', root])) as Inspected;
    for (const { annotations: found, path } of annotations) {
      const name = path.map((part) => part.value).slice(1);
      if (found.scope === 'package') byPackage.set(name.join('.'), found);
    }
  }
  return byPackage;
}

/** Two rules of one id, or of one package. */
export function doubles(rules: readonly FoundRule[]): Gap[] {
  const seen = new Map<string, string>();
  return rules.flatMap((rule) =>
    [rule.id, rule.package].flatMap((name) => {
      const other = seen.get(name);
      if (other !== undefined) return [{ folder: rule.folder, lacks: [`${name} is also that of ${other}`] }];
      seen.set(name, rule.folder);
      return [];
    }),
  );
}

function gapsIn({ path }: Folder, found: Annotations): string[] {
  const lacks = gaps(found);
  if (!existsSync(join(path, 'rule.rego'))) lacks.push('rule.rego');
  if (!existsSync(join(path, 'rule_test.rego'))) lacks.push('rule_test.rego beside it');
  return lacks;
}

function describe(folder: Folder, { title, description, custom = {} }: Annotations): FoundRule {
  const { category, name } = folder;
  const { id, severity, why, fix, since, modes, monitor, applies, parameters } = custom as RuleEntry;
  const { exceptions } = custom;
  const said = { id, category, name, title: title ?? '', description: description ?? '', severity, why, fix };
  return {
    ...said,
    since,
    modes,
    monitor,
    applies,
    parameters,
    ...(exceptions === undefined ? {} : { exceptions }),
    folder: folder.shown,
    package: packageOf(folder),
    file: join(folder.path, 'rule.rego'),
  };
}

function gaps({ title, description, custom = {} }: Annotations): string[] {
  const { since, applies, parameters } = custom;
  return [
    ...lacking([
      [Boolean(title), 'title'],
      [Boolean(description), 'description'],
    ]),
    ...misstated(custom),
    ...lacking([
      [Boolean(since), 'custom.since'],
      [Array.isArray(applies), 'custom.applies (a list of traits)'],
      [Array.isArray(parameters), 'custom.parameters (a list of what it reads of the organisation’s data)'],
    ]),
  ];
}

/** What is missing or none of the values there are, in what decides how a rule's findings count. */
export function misstated(custom: Partial<RuleEntry>): string[] {
  const { id, severity, why, fix } = custom;
  return lacking([
    [/^[A-Z]{2,8}-\d{3,4}$/.test(id ?? ''), 'custom.id (like TPG-201)'],
    [SEVERITIES.includes(severity), `custom.severity (${SEVERITIES.join(', ')})`],
    [Boolean(why), 'custom.why'],
    [Boolean(fix), 'custom.fix'],
    [hasKnownModes(custom), `custom.modes (each of ${PROFILES}: one of ${RULE_MODES})`],
    [hasKnownMonitor(custom), 'custom.monitor (warn or keep)'],
    [hasKnownExceptions(custom), 'custom.exceptions (never or approved)'],
  ]);
}

function lacking(checks: [fine: boolean, what: string][]): string[] {
  return checks.filter(([fine]) => !fine).map(([, what]) => what);
}
