// SPDX-License-Identifier: Apache-2.0
/** The house's doors open one way: every import between rooms is one of the arrows below, and there is no cycle. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, it } from 'node:test';

const ROOT = resolve(import.meta.dirname, '../../..');

/** room → rooms it may import; leaves (errors, telemetry, config) are open to all; the model knows only errors. */
const ARROWS: Record<string, string[]> = {
  model: [],
  errors: [],
  telemetry: [],
  config: ['model'],
  plan: ['model'],
  kernel: ['model', 'plan'],
  effects: ['model', 'plan'],
  foresight: ['model', 'plan', 'effects'],
  guardrails: ['model', 'plan'],
  'rule-kit': ['model', 'plan', 'guardrails'],
  audit: ['model', 'plan'],
  store: ['model', 'plan'],
  sinks: ['model', 'audit'],
  service: ['model', 'plan', 'effects', 'guardrails', 'kernel', 'audit', 'store'],
  runtime: ['model', 'plan', 'kernel', 'audit'],
  watch: ['model', 'plan', 'kernel', 'audit', 'runtime'],
  api: ['model', 'service'],
  cli: [
    'model',
    'plan',
    'service',
    'effects',
    'foresight',
    'kernel',
    'audit',
    'sinks',
    'guardrails',
    'rule-kit',
  ],
  webhooks: ['model', 'service'],
  agent: [
    'model',
    'plan',
    'kernel',
    'effects',
    'guardrails',
    'audit',
    'sinks',
    'store',
    'service',
    'runtime',
    'watch',
  ],
  gate: [
    'model',
    'plan',
    'effects',
    'guardrails',
    'kernel',
    'audit',
    'sinks',
    'store',
    'service',
    'api',
    'webhooks',
  ],
  launch: ['model', 'plan', 'service', 'cli', 'agent', 'gate', 'audit', 'sinks'],
  main: [
    'launch',
    'model',
    'plan',
    'service',
    'api',
    'cli',
    'webhooks',
    'agent',
    'gate',
    'guardrails',
    'kernel',
    'audit',
    'store',
  ],
};
const LEAVES = ['errors', 'telemetry', 'config'];

function sources(dir: string): string[] {
  return readdirSync(join(ROOT, dir), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
    .map((name) => join(dir, name));
}

function roomOf(file: string): string {
  const [top = '', second = ''] = file.split('/');
  return top === 'webhooks' ? 'webhooks' : second.replace(/\.ts$/, '');
}

const IMPORT =
  /(?:^|\n)\s*(?:import|export)\s[^'"]*?from\s*['"](\.[^'"]+)['"]|import\(\s*['"](\.[^'"]+)['"]\s*\)|(?:^|\n)import\s*['"](\.[^'"]+)['"]/g;

function importsOf(file: string): string[] {
  const text = readFileSync(join(ROOT, file), 'utf8');
  return [...text.matchAll(IMPORT)].map((m) =>
    relative(ROOT, resolve(ROOT, dirname(file), (m[1] ?? m[2] ?? m[3]) as string)),
  );
}

const FILES = [...sources('src'), ...sources('webhooks')];
const GRAPH = new Map(FILES.map((file) => [file, importsOf(file)]));

describe('the import graph', () => {
  it('has only the arrows the design allows', () => {
    const wrong: string[] = [];
    for (const [file, imports] of GRAPH) {
      const from = roomOf(file);
      for (const target of imports) {
        const to = roomOf(target);
        const leaf = LEAVES.includes(to) && (from !== 'model' || to === 'errors');
        if (from !== to && !leaf && !ARROWS[from]?.includes(to)) wrong.push(`${file} → ${target}`);
      }
    }
    assert.deepEqual(wrong, []);
  });

  it('has no cycle between files', () => {
    const done = new Set<string>();
    const visit = (file: string, path: string[]): void => {
      if (done.has(file)) return;
      const at = path.indexOf(file);
      assert.equal(at, -1, `cycle: ${[...path.slice(at), file].join(' → ')}`);
      for (const next of GRAPH.get(file) ?? []) visit(next, [...path, file]);
      done.add(file);
    };
    for (const file of FILES) visit(file, []);
  });

  it('keeps the libbpf addon out of the gate, the CLI and all they import', () => {
    const reached = new Set<string>();
    const walk = (file: string): void => {
      if (reached.has(file)) return;
      reached.add(file);
      for (const next of GRAPH.get(file) ?? []) walk(next);
    };
    for (const file of FILES.filter((f) => ['gate', 'cli', 'api', 'webhooks', 'service'].includes(roomOf(f))))
      walk(file);
    assert.ok(reached.size > 50, 'the doors import something');
    assert.deepEqual(
      [...reached].filter((f) => f.startsWith('src/runtime/')),
      [],
    );
  });

  it('names no grab-bag', () => {
    assert.deepEqual(
      FILES.filter((f) => /(^|\/)(utils?|helpers?|common|misc|manager|types)(\.ts|\/)/.test(f)),
      [],
    );
  });

  it('lets one file load the libbpf addon, and one each the addons that ask who is at a socket and trim the heap', () => {
    const loaders = FILES.filter((f) => /createRequire|dlopen/.test(readFileSync(join(ROOT, f), 'utf8')));
    assert.deepEqual(loaders, [
      'src/gate/peer-credentials.ts',
      'src/launch/idle-memory.ts',
      'src/runtime/native.ts',
    ]);
  });
});
