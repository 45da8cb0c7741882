// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { readExecutable, withFile } from '../../../../src/agent/bpf-gate/executables.ts';

describe('an executable', () => {
  const dir = mkdtempSync(join(tmpdir(), 'tracegate-exe-'));

  it('is known by its content once it has been left alone for a moment', async () => {
    const file = join(dir, 'tool');
    const bytes = Buffer.alloc(3_000_000, 7); // more than is read at once
    writeFileSync(file, bytes);
    assert.throws(() => withFile(file, readExecutable), /only just changed/);
    await sleep(80);
    const { digest, ctimeNs } = withFile(file, readExecutable);
    assert.equal(digest, `sha256:${createHash('sha256').update(bytes).digest('hex')}`);
    writeFileSync(file, 'x');
    utimesSync(file, 1, 1);
    await sleep(80);
    const changed = withFile(file, readExecutable);
    assert.notEqual(changed.digest, digest);
    assert.ok(changed.ctimeNs > ctimeNs, 'whoever sets its times back changes this one');
  });

  it('is a regular file', () => {
    assert.throws(() => withFile(dir, readExecutable), /no regular file/);
    assert.throws(() => withFile(join(dir, 'none'), readExecutable), { code: 'ENOENT' });
  });
});
