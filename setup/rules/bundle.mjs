// SPDX-License-Identifier: Apache-2.0
// The bundle: policy.wasm, data.json (the organisation's defaults), catalogue.json (the rules' metadata), schema.json (of an organisation's own
// data) and manifest.json, which names the SHA-256 of the others. Same sources, same bytes.
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { compiledData } from '../../src/guardrails/organisation.ts';
import { aggregate } from './aggregate.mjs';
import { discoverRules } from './discover.mjs';
import { opaVersion, ROOT, runOpa } from './opa.mjs';

export const ENTRYPOINT = 'tracegate/judge/decision';
const CAPABILITIES = ['--capabilities', join(ROOT, 'rego/capabilities.json')];

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');
const json = (value) => `${JSON.stringify(value, null, 1)}\n`;

/** The organisation's defaults: rego/data/<name>.json is data.organisation.<name>. */
export function organisationDefaults() {
  const dir = join(ROOT, 'rego/data');
  const names = readdirSync(dir)
    .filter((name) => name.endsWith('.json') && name !== 'schema.json')
    .sort();
  return Object.fromEntries(
    names.map((name) => [basename(name, '.json'), JSON.parse(readFileSync(join(dir, name), 'utf8'))]),
  );
}

/** Reads one entry of a tar archive; opa's bundles are plain ustar with a leading slash in names. */
export function tarEntry(tar, wanted) {
  for (let at = 0; at + 512 <= tar.length; ) {
    const name = tar.toString('utf8', at, tar.indexOf(0, at));
    if (name === '') break;
    const size = Number.parseInt(tar.toString('latin1', at + 124, at + 136), 8);
    if (name.replace(/^\//, '') === wanted) return tar.subarray(at + 512, at + 512 + size);
    at += 512 + Math.ceil(size / 512) * 512;
  }
  throw new Error(`the bundle opa built has no ${wanted}`);
}

/** Lints, tests and compiles; writes the four files to `out` and returns what it found. */
export function buildBundle(opa, { out, roots, say = (line) => process.stderr.write(`${line}\n`) }) {
  // Everything is copied to one place first: the module carries file names, which must not be this machine's.
  const work = mkdtempSync(join(tmpdir(), 'tracegate-rules-'));
  const run = (args) => runOpa(opa, args, { cwd: work });
  try {
    const rules = discoverRules(opa, roots);
    const sources = stage(work, roots, rules);
    run([
      'check',
      '--strict',
      '--schema',
      join(ROOT, 'rego/schemas/input.json'),
      ...CAPABILITIES,
      ...sources,
    ]);
    run(['fmt', '--list', '--fail', ...sources]);
    say(
      run(['test', 'data.json', ...sources])
        .trim()
        .split('\n')
        .at(-1),
    );
    const ignore = ['--ignore', '*_test.rego', '--ignore', 'testing.rego'];
    run([
      'build',
      '-t',
      'wasm',
      '-e',
      ENTRYPOINT,
      ...CAPABILITIES,
      ...ignore,
      '-o',
      'bundle.tar.gz',
      ...sources,
    ]);
    const wasm = tarEntry(gunzipSync(readFileSync(join(work, 'bundle.tar.gz'))), 'policy.wasm');
    return { rules, cases: collectCases(run, rules, sources), manifest: writeBundle(out, wasm, rules) };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function stage(work, roots, rules) {
  cpSync(join(ROOT, 'rego/lib'), join(work, 'lib'), { recursive: true });
  writeFileSync(join(work, 'found.rego'), aggregate(rules));
  writeFileSync(join(work, 'data.json'), json(compiledData(organisationDefaults(), rules, 'baseline')));
  const copied = roots.map((root, index) => {
    const name = index === 0 ? 'guardrails' : `guardrails-${index}`;
    cpSync(root, join(work, name), { recursive: true });
    return name;
  });
  return ['lib', 'found.rego', ...copied];
}

/** The submissions of the rules' own tests, so that the compiled module can be put through the same. */
function collectCases(run, rules, sources) {
  const files = ['data.json', ...sources].flatMap((path) => ['-d', path]);
  const tables = rules.map((rule) => {
    const test = `data.${rule.package}_test`;
    const query = `{"deny": ${test}.deny, "pass": ${test}.pass, "organisation": [own | own := ${test}.organisation]}`;
    return `"${rule.id}": ${query}`;
  });
  const result = JSON.parse(run(['eval', '-f', 'json', ...files, `{${tables.join(', ')}}`]));
  const value = result.result?.[0]?.expressions[0].value;
  if (!value) throw new Error('a rule_test.rego lacks its table `deny` or `pass`');
  const lines = rules.map(({ id }) => {
    const { deny, pass, organisation } = value[id];
    return ` ${JSON.stringify(id)}: ${JSON.stringify({ deny, pass, organisation: organisation[0] ?? {} })}`;
  });
  return `{\n${lines.join(',\n')}\n}\n`;
}

function writeBundle(out, wasm, rules) {
  const files = {
    'policy.wasm': wasm,
    'data.json': json(organisationDefaults()),
    'catalogue.json': json(rules.map(({ package: _package, ...rule }) => rule)),
    'schema.json': readFileSync(join(ROOT, 'rego/data/schema.json')),
  };
  const digests = Object.fromEntries(Object.entries(files).map(([name, bytes]) => [name, sha256(bytes)]));
  const revision = `rules-${sha256(JSON.stringify(digests)).slice(0, 12)}`;
  const manifest = { format: 1, revision, entrypoint: ENTRYPOINT, opa: opaVersion(), files: digests };
  mkdirSync(out, { recursive: true });
  for (const [name, bytes] of Object.entries({ ...files, 'manifest.json': json(manifest) }))
    writeFileSync(join(out, name), bytes);
  return manifest;
}
