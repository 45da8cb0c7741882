// SPDX-License-Identifier: Apache-2.0
// Everything `opa` is given lies in one temporary directory, copied there under names of its own: a compiled module
// carries file names, which must not be this machine's.
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { Profile } from '../../src/guardrails/catalogue.ts';
import { compiledData, type Organisation } from '../../src/guardrails/organisation.ts';
import { aggregate } from './aggregate.ts';
import { discoverRules, type FoundRule } from './discover.ts';
import { ROOT, runOpa } from './opa.ts';

export interface Stage {
  work: string;
  rules: FoundRule[];
  /** names within `work`: rules and libraries */
  sources: string[];
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
  const rules = discoverRules(opa, roots);
  cpSync(join(ROOT, 'rego/lib'), join(work, 'lib'), { recursive: true });
  writeFileSync(join(work, 'found.rego'), aggregate(rules));
  writeFileSync(join(work, 'data.json'), json(compiledData(organisationDefaults(), rules, profile)));
  const copied = roots.map((root, index) => {
    const name = index === 0 ? 'guardrails' : `guardrails-${index}`;
    cpSync(root, join(work, name), { recursive: true });
    return name;
  });
  return {
    work,
    rules,
    sources: ['lib', 'found.rego', ...copied],
    run: (args) => runOpa(opa, args, { cwd: work }),
  };
}
