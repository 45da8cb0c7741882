// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Executable, withExecutable } from '../../../../src/agent/bpf-gate/executables.ts';
import { sha256Of } from '../../../../src/kernel/file-digest.ts';

const read = async ({ fd, ctimeNs }: Executable) => ({ digest: await sha256Of(fd), ctimeNs });

function refusalAfterWriting(file: string, bytes: Buffer): Promise<string | undefined> {
  writeFileSync(file, bytes);
  return withExecutable(file, read).then(
    () => undefined,
    ({ message }: Error) => message,
  );
}

describe('an executable', () => {
  const dir = mkdtempSync(join(tmpdir(), 'tracegate-exe-'));

  it('is known by its content once it has been left alone for a moment', async () => {
    const file = join(dir, 'tool');
    const bytes = Buffer.alloc(3_000_000, 7); // more than is read at once
    // a busy machine may take the moment away between writing and asking: once is enough
    const refusals = await Promise.all(Array.from({ length: 10 }, () => refusalAfterWriting(file, bytes)));
    assert.match(refusals.find((why) => why !== undefined) ?? 'none', /only just changed/);
    await sleep(80);
    const { digest, ctimeNs } = await withExecutable(file, read);
    assert.equal(digest, createHash('sha256').update(bytes).digest('hex'));
    writeFileSync(file, 'x');
    utimesSync(file, 1, 1);
    await sleep(80);
    const changed = await withExecutable(file, read);
    assert.notEqual(changed.digest, digest);
    assert.ok(changed.ctimeNs > ctimeNs, 'whoever sets its times back changes this one');
  });

  it('is a regular file', async () => {
    const folder = join(dir, 'folder');
    mkdirSync(folder);
    await assert.rejects(withExecutable(folder, read), /no regular file/);
    await assert.rejects(withExecutable(join(dir, 'none'), read), { code: 'ENOENT' });
  });

  it('lets others run while it is read', async () => {
    const file = join(dir, 'large');
    writeFileSync(file, Buffer.alloc(30_000_000, 1));
    await sleep(80);
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    await withExecutable(file, read);
    clearInterval(timer);
    assert.ok(turns >= 5, `${turns} turns of the loop`);
  });
});
