// SPDX-License-Identifier: Apache-2.0
/** What one judgement makes is gone before the next few: a gate that keeps it has a heap that grows until all of it is collected. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, it } from 'node:test';

/** A map that is cleared for each evaluation made it 1,560 of a policy of 1,500. */
const BYTES_MOST = 200;

describe('what a judgement makes', () => {
  it('does not grow old', () => {
    const flags = ['--max-semi-space-size=1', '--initial-old-space-size=256'];
    const script = join(import.meta.dirname, 'many-judgements.ts');
    const args = ['--disable-warning=ExperimentalWarning', ...flags, script];
    const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    assert.match(stdout, /^-?\d+\n$/, stderr);
    assert.ok(Number(stdout) < BYTES_MOST, `${stdout.trim()} bytes of each policy grow old`);
  });
});
