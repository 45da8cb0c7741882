// SPDX-License-Identifier: Apache-2.0
// The bundle: policy.wasm, data.json (the organisation's defaults), catalogue.json (the rules' metadata), schema.json
// (of an organisation's own data) and manifest.json, which names the SHA-256 of the others. Same sources, same bytes.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
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
  /** the submissions of the rules' own tests, as JSON */
  cases: string;
}

export interface BuildOptions {
  out: string;
  /** directories of guardrails, ours first */
  roots: readonly string[];
  say?: (line: string) => void;
}

/** Lints, tests and compiles; writes the files to `out`. */
export function buildBundle(opa: string, { out, roots, say = sayOnStderr }: BuildOptions): Built {
  return withStage(opa, roots, 'baseline', (stage) => {
    const { run, sources, rules } = stage;
    checkReferences(rules, organisationDefaults());
    run(['check', '--strict', ...SCHEMA, ...CAPABILITIES, ...sources]);
    run(['fmt', '--list', '--fail', ...sources.filter((name) => name !== 'found.rego')]);
    say(
      run(['test', 'data.json', ...sources])
        .trim()
        .split('\n')
        .at(-1) ?? '',
    );
    return { rules, cases: collectCases(stage), revision: writeBundle(out, compile(stage), rules) };
  });
}

function compile({ work, run, sources }: Stage): Buffer {
  const flags = [
    '-t',
    'wasm',
    '-e',
    ENTRYPOINT,
    ...CAPABILITIES,
    '--ignore',
    '*_test.rego',
    '--ignore',
    'testing.rego',
  ];
  run(['build', ...flags, '-o', 'bundle.tar.gz', ...sources]);
  return tarEntry(gunzipSync(readFileSync(join(work, 'bundle.tar.gz'))), 'policy.wasm');
}

/** Reads one entry of a tar archive; opa's bundles are plain ustar with a leading slash in names. */
export function tarEntry(tar: Buffer, wanted: string): Buffer {
  for (let at = 0; at + 512 <= tar.length; ) {
    const name = tar.toString('utf8', at, tar.indexOf(0, at));
    if (name === '') break;
    const size = Number.parseInt(tar.toString('latin1', at + 124, at + 136), 8);
    if (name.replace(/^\//, '') === wanted) return tar.subarray(at + 512, at + 512 + size);
    at += 512 + Math.ceil(size / 512) * 512;
  }
  throw new Error(`the bundle opa built has no ${wanted}`);
}

interface Evaluated {
  result?: [
    { expressions: [{ value: Record<string, { deny: object; pass: object; organisation: object[] }> }] },
  ];
}

/** The tables of the rules' own tests, so that the compiled module can be put through the same. */
function collectCases({ run, rules, sources }: Stage): string {
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

function writeBundle(out: string, wasm: Buffer, rules: readonly FoundRule[]): string {
  const files: Record<string, string | Buffer> = {
    'policy.wasm': wasm,
    'data.json': json(organisationDefaults()),
    'catalogue.json': json(rules.map(({ package: _package, file: _file, ...rule }) => rule)),
    'schema.json': readFileSync(join(ROOT, 'rego/data/schema.json')),
  };
  const digests = Object.fromEntries(Object.entries(files).map(([name, bytes]) => [name, sha256(bytes)]));
  const revision = `rules-${sha256(JSON.stringify(digests)).slice(0, 12)}`;
  const manifest = json({
    ...{ revision, roots: [''], rego_version: 1, wasm: [{ entrypoint: ENTRYPOINT, module: '/policy.wasm' }] },
    ...{ format: 1, entrypoint: ENTRYPOINT, opa: opaVersion(), files: digests },
  });
  mkdirSync(out, { recursive: true });
  for (const [name, bytes] of Object.entries({ ...files, 'manifest.json': manifest }))
    writeFileSync(join(out, name), bytes);
  return revision;
}

const sha256 = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex');
