// SPDX-License-Identifier: Apache-2.0
// Which guardrails there are: every folder <category>/<rule> with a rule.rego, described by its METADATA.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { PROFILES, type RuleEntry } from '../../src/guardrails/catalogue.ts';
import { ROOT, runOpa } from './opa.ts';

export const GUARDRAILS = join(ROOT, 'rego/guardrails');

/** A rule of the catalogue, and the Rego package that holds it. */
export interface FoundRule extends RuleEntry {
  package: string;
  /** its rule.rego */
  file: string;
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
const MODES: readonly unknown[] = ['enforce', 'warn', 'info', 'off'];

function folders(path: string): string[] {
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}

/** Folders of rules under the given roots, in the order of their paths. */
function ruleFolders(roots: readonly string[]): Folder[] {
  return roots.flatMap((root) =>
    folders(root).flatMap((category) =>
      folders(join(root, category)).map((name) => {
        const shown = join(root === GUARDRAILS ? 'rego/guardrails' : '', category, name);
        return { category, name, path: join(root, category, name), shown };
      }),
    ),
  );
}

function packageOf({ category, name }: Folder): string {
  return `tracegate.guardrails.${category}.${name}`.replaceAll('-', '_');
}

/** The rules with their metadata, as the catalogue has them; every gap is an error that names the folder. */
export function discoverRules(opa: string, roots: readonly string[]): FoundRule[] {
  const byPackage = new Map<string, Annotations>();
  for (const root of roots) {
    const { annotations = [] } = JSON.parse(runOpa(opa, ['inspect', '-a', '-f', 'json', root])) as Inspected;
    for (const { annotations: found, path } of annotations) {
      const name = path.map((part) => part.value).slice(1);
      if (found.scope === 'package') byPackage.set(name.join('.'), found);
    }
  }
  const rules = ruleFolders(roots).map((folder) => describe(folder, byPackage.get(packageOf(folder))));
  const seen = new Map<string, string>();
  for (const rule of rules) {
    for (const name of [rule.id, rule.package]) {
      if (seen.has(name)) throw new Error(`${rule.folder}: ${name} is also that of ${seen.get(name)}`);
      seen.set(name, rule.folder);
    }
  }
  return rules;
}

function describe(folder: Folder, found: Annotations | undefined): FoundRule {
  const where = folder.shown;
  if (!found) throw new Error(`${where}/rule.rego: package ${packageOf(folder)} with METADATA is missing`);
  const { title, description, custom = {} } = found;
  const wrong = gaps(found);
  if (!existsSync(join(folder.path, 'rule_test.rego'))) wrong.push('rule_test.rego beside it');
  if (wrong.length > 0) throw new Error(`${where}/rule.rego lacks or misstates: ${wrong.join('; ')}`);
  const { category, name } = folder;
  const { id, severity, why, fix, since, modes, monitor, applies, parameters } = custom as RuleEntry;
  const said = { id, category, name, title: title ?? '', description: description ?? '', severity, why, fix };
  return {
    ...said,
    since,
    modes,
    monitor,
    applies,
    parameters,
    folder: where,
    package: packageOf(folder),
    file: join(folder.path, 'rule.rego'),
  };
}

function gaps({ title, description, custom = {} }: Annotations): string[] {
  const { id, severity, why, fix, since, modes, monitor, applies, parameters } = custom;
  const checks: [boolean, string][] = [
    [/^[A-Z]{2,8}-\d{3,4}$/.test(id ?? ''), 'custom.id (like TPG-201)'],
    [Boolean(title), 'title'],
    [Boolean(description), 'description'],
    [SEVERITIES.includes(severity), `custom.severity (${SEVERITIES.join(', ')})`],
    [Boolean(why), 'custom.why'],
    [Boolean(fix), 'custom.fix'],
    [Boolean(since), 'custom.since'],
    [
      PROFILES.every((profile) => MODES.includes(modes?.[profile])),
      `custom.modes (each of ${PROFILES}: one of ${MODES})`,
    ],
    [monitor === 'warn' || monitor === 'keep', 'custom.monitor (warn or keep)'],
    [Array.isArray(applies), 'custom.applies (a list of traits)'],
    [Array.isArray(parameters), 'custom.parameters (a list of what it reads of the organisation’s data)'],
  ];
  return checks.filter(([fine]) => !fine).map(([, what]) => what);
}
