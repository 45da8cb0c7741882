// SPDX-License-Identifier: Apache-2.0
// Compiles traps.rego to traps.wasm beside it: `node test/unit/guardrails/traps/build.ts`.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readTarGz } from '../../../../src/guardrails/tar.ts';
import { findOpa, ROOT, runOpa } from '../../../../src/rule-kit/opa.ts';

const here = import.meta.dirname;

/** The compiled module's bytes. */
export function compileTraps(opa: string): Buffer {
  const work = mkdtempSync(join(tmpdir(), 'tracegate-traps-'));
  try {
    const capabilities = JSON.parse(readFileSync(join(ROOT, 'rego/capabilities.json'), 'utf8')) as {
      builtins: object[];
    };
    const any = { type: 'any' };
    capabilities.builtins.push({ name: 'host.ask', decl: { type: 'function', args: [any], result: any } });
    writeFileSync(join(work, 'capabilities.json'), JSON.stringify(capabilities));
    cpSync(join(here, 'traps.rego'), join(work, 'traps.rego'));
    const flags = [
      '-t',
      'wasm',
      '-e',
      'traps/decision',
      '--capabilities',
      'capabilities.json',
      '-o',
      'bundle.tar.gz',
    ];
    runOpa(opa, ['build', ...flags, 'traps.rego'], { cwd: work });
    return readTarGz(readFileSync(join(work, 'bundle.tar.gz'))).get('policy.wasm') as Buffer;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

if (import.meta.main) {
  const opa = findOpa();
  if (!opa) throw new Error('Go is missing: traps.wasm cannot be built');
  writeFileSync(join(here, 'traps.wasm'), compileTraps(opa));
}
