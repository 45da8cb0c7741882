// SPDX-License-Identifier: Apache-2.0
/**
 * The bundle: policy.wasm, data.json (the organisation's defaults), catalogue.json (the rules' metadata), schema.json
 * (of an organisation's own data) and the manifest, which names the SHA-256 of the others. Same sources, same bytes.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BUNDLE_FILES, type BundleFiles } from '../guardrails/bundle.ts';
import type { RuleEntry } from '../guardrails/catalogue.ts';
import { mergeOrganisation } from '../guardrails/organisation.ts';
import { checkOrganisation } from '../guardrails/organisation-schema.ts';
import { readTarGz } from '../guardrails/tar.ts';
import type { FoundRule } from './discover.ts';
import { opaVersion, ROOT, sayOnStderr } from './opa.ts';
import { checkReferences } from './references.ts';
import { json, organisationDefaults, type Stage, withStage } from './stage.ts';

const ENTRYPOINT = 'tracegate/judge/decision';
const CAPABILITIES = ['--capabilities', join(ROOT, 'rego/capabilities.json')];
const SCHEMA = ['--schema', join(ROOT, 'rego/schemas/input.json')];

export interface Built {
  rules: FoundRule[];
  revision: string;
  files: BundleFiles;
}

export interface BuildOptions {
  /** directories of guardrails, ours first */
  roots: readonly string[];
  /** the organisation's data, put over the shipped defaults */
  data?: unknown;
  /** made of the content unless given */
  revision?: string;
  /** its place in the order of bundles: a whole number larger than that of the one before */
  generation?: number;
  say?: (line: string) => void;
}

/** Lints, tests and compiles. */
export function buildFiles(opa: string, options: BuildOptions): Built {
  return withStage(opa, options.roots, 'baseline', (stage) => built(stage, options));
}

/** The same, written as a folder to `out`; with the submissions of the rules' own tests, as JSON. */
export function buildBundle(
  opa: string,
  { out, ...options }: BuildOptions & { out: string },
): Built & { cases: string } {
  return withStage(opa, options.roots, 'baseline', (stage) => {
    const made = built(stage, options);
    const cases = collectCases(stage);
    mkdirSync(out, { recursive: true });
    for (const name of BUNDLE_FILES) writeFileSync(join(out, name), made.files[name]);
    return { ...made, cases };
  });
}

function built(stage: Stage, { data, revision, generation, say = sayOnStderr }: BuildOptions): Built {
  const { run, sources, foreign, rules } = stage;
  const ours = sources.filter((name) => !foreign.includes(name));
  checkReferences(
    rules.filter((rule) => rule.reads === undefined),
    organisationDefaults(),
  );
  run(['check', '--strict', ...SCHEMA, ...CAPABILITIES, ...ours]);
  if (foreign.length > 0) run(['check', ...CAPABILITIES, ...sources]);
  run(['fmt', '--list', '--fail', ...ours.filter((name) => !['found.rego', 'wrappers'].includes(name))]);
  const tests = run(['test', '--timeout', '120s', 'data.json', ...sources]);
  say(tests.trim().split('\n').at(-1) ?? '');
  return { rules, ...filesOf(compile(stage), { rules, data, revision, generation }) };
}

function compile({ work, run, sources }: Stage): Buffer {
  const flags = [
    '-t',
    'wasm',
    '-e',
    ENTRYPOINT,
    ...CAPABILITIES,
    ...['--ignore', '*_test.rego', '--ignore', 'testing.rego'],
  ];
  run(['build', ...flags, '-o', 'bundle.tar.gz', ...sources]);
  const wasm = readTarGz(readFileSync(join(work, 'bundle.tar.gz'))).get('policy.wasm');
  if (wasm === undefined) throw new Error('the bundle opa built has no policy.wasm');
  return wasm;
}

interface Evaluated {
  result?: [
    { expressions: [{ value: Record<string, { deny: object; pass: object; organisation: object[] }> }] },
  ];
}

/** The tables of the rules' own tests, so that the compiled module can be put through the same. */
function collectCases({ run, rules: all, sources }: Stage): string {
  // rules of other engines have tests of another form
  const rules = all.filter((rule) => rule.reads === undefined);
  const files = ['data.json', ...sources].flatMap((path) => ['-d', path]);
  const tables = rules.map(({ id, package: name }) => {
    const test = `data.${name}_test`;
    return `"${id}": {"deny": ${test}.deny, "pass": ${test}.pass, "organisation": [own | own := ${test}.organisation]}`;
  });
  const { result } = JSON.parse(run(['eval', '-f', 'json', ...files, `{${tables.join(', ')}}`])) as Evaluated;
  if (!result) throw new Error('a rule_test.rego lacks its table `deny` or `pass`');
  const lines = Object.entries(result[0].expressions[0].value).map(([id, { deny, pass, organisation }]) => {
    return ` ${JSON.stringify(id)}: ${JSON.stringify({ deny, pass, organisation: organisation[0] ?? {} })}`;
  });
  return `{\n${lines.join(',\n')}\n}\n`;
}

interface Content {
  rules: readonly FoundRule[];
  data: unknown;
  revision: string | undefined;
  generation: number | undefined;
}

function filesOf(
  wasm: Buffer,
  { rules, data, revision: named, generation }: Content,
): { files: BundleFiles; revision: string } {
  const catalogue = rules.map(({ package: _package, file: _file, ...rule }): RuleEntry => rule);
  const schema = readFileSync(join(ROOT, 'rego/data/schema.json'));
  const own = checkOrganisation(data ?? {}, {
    catalogue,
    schema: JSON.parse(schema.toString()) as object,
  });
  const files = {
    'policy.wasm': wasm,
    'data.json': Buffer.from(json(mergeOrganisation(organisationDefaults(), own))),
    'catalogue.json': Buffer.from(json(catalogue)),
    'schema.json': schema,
  };
  const digests = Object.fromEntries(Object.entries(files).map(([name, bytes]) => [name, sha256(bytes)]));
  const revision = named ?? `rules-${sha256(JSON.stringify(digests)).slice(0, 12)}`;
  const manifest = json({
    ...{ revision, roots: [''], rego_version: 1, wasm: [{ entrypoint: ENTRYPOINT, module: '/policy.wasm' }] },
    ...(generation !== undefined && { metadata: { generation } }),
    ...{ format: 1, entrypoint: ENTRYPOINT, opa: opaVersion(), files: digests },
  });
  return { revision, files: { ...files, 'manifest.json': Buffer.from(manifest) } };
}

const sha256 = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex');
