// SPDX-License-Identifier: Apache-2.0
/** bin/tracegate.mjs as a shell starts it. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { packageRoot } from '../../src/config/package-root.ts';

it('takes a policy by any name, also one that every object has a property of', () => {
  const state = mkdtempSync(join(tmpdir(), 'tracegate-program-'));
  try {
    const args = [join(packageRoot(), 'bin/tracegate.mjs'), '--state-dir', state];
    const { stderr } = spawnSync(process.execPath, [...args, 'policy', 'get', 'constructor'], {
      encoding: 'utf8',
    });
    assert.match(stderr, /^tracegate: no gate was found in /);
  } finally {
    rmSync(state, { recursive: true });
  }
});

it('reads what the engine compiled for an earlier command', () => {
  const program = join(packageRoot(), 'dist/main.mjs');
  const run = () =>
    spawnSync(process.execPath, [program, '--help'], {
      encoding: 'utf8',
      env: { ...process.env, NODE_DEBUG_NATIVE: 'COMPILE_CACHE', NODE_COMPILE_CACHE: '' },
    });
  run();
  const { stdout, stderr } = run();
  assert.match(stdout, /tracegate/);
  assert.match(stderr, /dist\/program-\w+\.mjs was accepted/);
});
