// SPDX-License-Identifier: Apache-2.0
// Which guardrails there are: every folder <category>/<rule> with a rule.rego, described by its METADATA.
import { existsSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { ROOT, runOpa } from './opa.mjs';

const SEVERITIES = ['critical', 'high', 'medium', 'low'];
const MODES = ['enforce', 'warn', 'info', 'off'];
export const PROFILES = ['baseline', 'standard', 'strict'];

function folders(path) {
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}

/** Folders of rules under the given roots, in the order of their paths. */
export function ruleFolders(roots) {
  return roots.flatMap((root) =>
    folders(root).flatMap((category) =>
      folders(join(root, category)).map((name) => ({ category, name, path: join(root, category, name) })),
    ),
  );
}

function packageOf({ category, name }) {
  return `tracegate.guardrails.${category}.${name}`.replaceAll('-', '_');
}

/** The rules with their metadata, as the catalogue has them; every gap is an error that names the folder. */
export function discoverRules(opa, roots) {
  const annotations = roots.flatMap(
    (root) => JSON.parse(runOpa(opa, ['inspect', '-a', '-f', 'json', root])).annotations ?? [],
  );
  const byPackage = new Map(
    annotations
      .filter((found) => found.annotations.scope === 'package')
      .map((found) => [
        found.path
          .slice(1)
          .map((part) => part.value)
          .join('.'),
        found.annotations,
      ]),
  );
  const rules = ruleFolders(roots).map((folder) => describe(folder, byPackage.get(packageOf(folder))));
  const seen = new Map();
  for (const rule of rules) {
    if (seen.has(rule.id))
      throw new Error(`${rule.folder}: id ${rule.id} is also that of ${seen.get(rule.id)}`);
    seen.set(rule.id, rule.folder);
  }
  return rules;
}

function describe(folder, annotations) {
  const where = relative(ROOT, folder.path);
  if (!annotations)
    throw new Error(`${where}/rule.rego: package ${packageOf(folder)} with METADATA is missing`);
  const { id, severity, why, fix, since, modes, monitor, applies, parameters } = annotations.custom ?? {};
  const wrong = [
    !/^[A-Z]{2,8}-\d{3,4}$/.test(id ?? '') && 'custom.id (like TPG-201)',
    !annotations.title && 'title',
    !annotations.description && 'description',
    !SEVERITIES.includes(severity) && `custom.severity (${SEVERITIES.join(', ')})`,
    !why && 'custom.why',
    !fix && 'custom.fix',
    !since && 'custom.since',
    PROFILES.some((profile) => !MODES.includes(modes?.[profile])) && `custom.modes (${PROFILES}: ${MODES})`,
    !['warn', 'keep'].includes(monitor) && 'custom.monitor (warn or keep)',
    !Array.isArray(applies) && 'custom.applies (a list of traits)',
    !Array.isArray(parameters) && 'custom.parameters (a list of the organisation’s data it reads)',
    !existsSync(join(folder.path, 'rule_test.rego')) && 'rule_test.rego beside it',
  ].filter(Boolean);
  if (wrong.length > 0) throw new Error(`${where}/rule.rego lacks or misstates: ${wrong.join('; ')}`);
  const { title, description } = annotations;
  return {
    id,
    category: folder.category,
    name: folder.name,
    title,
    description,
    severity,
    why,
    fix,
    since,
    modes,
    monitor,
    applies,
    parameters,
    package: packageOf(folder),
    folder: where,
  };
}
