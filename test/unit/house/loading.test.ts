// SPDX-License-Identifier: Apache-2.0
/** What happens when modules are loaded, and nothing more: in a process of its own, that tells what it has become. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, it } from 'node:test';

const ROOT = resolve(import.meta.dirname, '../../..');
const UNPRIVILEGED = [
  'cli',
  'gate',
  'api',
  'service',
  'store',
  'audit',
  'guardrails',
  'effects',
  'kernel',
  'plan',
  'model',
  'config',
  'telemetry',
];

function modules(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
    .map((name) => join(ROOT, folder, name));
}

interface Loaded {
  stdout: string;
  stderr: string;
  report: {
    resources: string[];
    listeners: string[];
    globals: string[];
    exitCode?: number;
    mapped: string[];
  };
}

/** Loads the files in a fresh process, which then says what changed in it. */
function load(files: string[]): Loaded {
  const script = `
    const { readFileSync, writeSync } = await import('node:fs');
    const globals = new Set(Object.getOwnPropertyNames(globalThis));
    for (const file of ${JSON.stringify(files)}) await import(file);
    writeSync(3, JSON.stringify({
      resources: process.getActiveResourcesInfo().filter((name) => name !== 'PipeWrap'), // stdout and stderr themselves
      listeners: process.eventNames().map(String),
      globals: Object.getOwnPropertyNames(globalThis).filter((name) => !globals.has(name)),
      exitCode: process.exitCode,
      mapped: readFileSync('/proc/self/maps', 'utf8').match(/\\S+\\.node$/gm) ?? [],
    }));`;
  const { stdout, stderr, output, status } = spawnSync(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', script],
    { cwd: '/', encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe', 'pipe'], timeout: 60_000 },
  );
  assert.equal(status, 0, stderr);
  return { stdout, stderr, report: JSON.parse(output[3] ?? '') };
}

describe('loading modules', () => {
  const all = [...modules('src'), ...modules('webhooks')].filter((f) => f !== join(ROOT, 'src/main.ts'));
  const loaded = load(all);

  it('says nothing, starts nothing and waits for nothing', () => {
    assert.ok(all.length > 150);
    assert.deepEqual([loaded.stdout, loaded.stderr], ['', '']);
    assert.deepEqual(loaded.report.resources, []);
    assert.equal(loaded.report.exitCode, undefined);
  });

  it('listens to no signal and leaves no new global but what a dependency needs', () => {
    const signals = loaded.report.listeners.filter((name) => /^SIG|exit|uncaught|unhandled/i.test(name));
    assert.deepEqual(signals, []);
    assert.deepEqual(loaded.report.globals, []);
  });

  it('maps no machine code, not even that of the agent before it is asked to start', () => {
    assert.deepEqual(loaded.report.mapped, []);
  });

  it('never reaches the libbpf addon from gate, CLI and what they import', () => {
    const doors = [...UNPRIVILEGED.flatMap((room) => modules(`src/${room}`)), ...modules('webhooks')];
    const { mapped } = load(doors).report;
    assert.deepEqual(
      mapped.filter((file) => /tracegate_bpf/.test(file)),
      [],
    );
  });
});
