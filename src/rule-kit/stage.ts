// SPDX-License-Identifier: Apache-2.0
/**
 * Everything `opa` is given lies in one temporary directory, copied there under names of its own: a compiled module
 * carries file names, which must not be this machine's.
 */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { Profile } from '../guardrails/catalogue.ts';
import { compiledData, type Organisation } from '../guardrails/organisation.ts';
import { aggregate } from './aggregate.ts';
import { discoverRules, doubles, type FoundRule, GUARDRAILS, type Root } from './discover.ts';
import { ROOT, runOpa } from './opa.ts';
import { adapt, plainFiles } from './plain.ts';

export interface Stage {
  work: string;
  rules: FoundRule[];
  /** names within `work`: rules and libraries */
  sources: string[];
  /** those of them that are not ours to judge the style of */
  foreign: string[];
  /** the copies of the roots */
  roots: Root[];
  run(args: readonly string[]): string;
}

export const json = (value: unknown): string => `${JSON.stringify(value, null, 1)}\n`;

/** The organisation's defaults: rego/data/<name>.json is data.organisation.<name>. */
export function organisationDefaults(): Organisation {
  const dir = join(ROOT, 'rego/data');
  const names = readdirSync(dir).filter((name) => name.endsWith('.json') && name !== 'schema.json');
  const read = (name: string): unknown => JSON.parse(readFileSync(join(dir, name), 'utf8'));
  return Object.fromEntries(names.sort().map((name) => [basename(name, '.json'), read(name)]));
}

/** Lays out libraries, guardrails, the generated aggregator and data.json; gone again when `use` is done. */
export function withStage<T>(
  opa: string,
  roots: readonly string[],
  profile: Profile,
  use: (stage: Stage) => T,
): T {
  const work = mkdtempSync(join(tmpdir(), 'tracegate-rules-'));
  try {
    return use(layOut(opa, work, roots, profile));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** The same in a directory of the caller's, who removes it. */
export function layOut(opa: string, work: string, roots: readonly string[], profile: Profile): Stage {
  const { copies, plain } = copyRoots(work, roots);
  const adapted = adapt(opa, work, plain);
  const rules = [...discoverRules(opa, copies), ...adapted];
  const [double] = doubles(rules);
  if (double) throw new Error(`${double.folder}: ${double.lacks.join('; ')}: set custom.id in its METADATA`);
  // the libraries' tests are ours to run: an organisation is told of its own
  const tested = roots.includes(GUARDRAILS);
  const filter = (path: string) => tested || !path.endsWith('_test.rego');
  cpSync(join(ROOT, 'rego/lib'), join(work, 'lib'), { recursive: true, filter });
  writeFileSync(join(work, 'found.rego'), aggregate(rules));
  writeFileSync(join(work, 'data.json'), json(compiledData(organisationDefaults(), rules, profile)));
  const foreign = plain.length === 0 ? [] : ['plain'];
  if (foreign.length > 0) cpSync(join(ROOT, 'rego/plain'), join(work, 'adapter'), { recursive: true });
  const ours = foreign.length > 0 ? ['adapter', 'wrappers'] : [];
  return {
    ...{ work, rules, foreign, roots: copies },
    sources: ['lib', 'found.rego', ...copies.map(({ path }) => basename(path)), ...ours, ...foreign],
    run: (args) => runOpa(opa, args, { cwd: work }),
  };
}

/** Our own rules' form is kept apart from files that were written for other engines. */
export function copyRoots(
  work: string,
  roots: readonly string[],
): { copies: Root[]; plain: ReturnType<typeof plainFiles> } {
  const plain = plainFiles(roots.filter((root) => root !== GUARDRAILS));
  const others = new Set(plain.map(({ path }) => path));
  const copies = roots.map((root, index) => {
    const path = join(work, index === 0 ? 'guardrails' : `guardrails-${index}`);
    cpSync(root, path, { recursive: true, filter: (from) => !others.has(from) });
    return { path, shown: root === GUARDRAILS ? 'rego/guardrails' : '' };
  });
  return { copies, plain };
}
