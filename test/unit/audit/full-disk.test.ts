// SPDX-License-Identifier: Apache-2.0
/** A file system that is really full: nothing is acknowledged, nothing is lost, and it goes on when there is room. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { openAuditLog, verifyLogs } from '../../../src/audit/index.ts';
import type { Fault } from '../../../src/errors.ts';

const directory = mkdtempSync(join(tmpdir(), 'tracegate-full-'));
const disk = join(directory, 'disk');
mkdirSync(disk);
const mount = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tracegate-test', disk], {
  encoding: 'utf8',
});
const skip = mount.status === 0 ? false : `no file system can be mounted here: ${mount.stderr}`;

describe('a disk that is full', { skip }, () => {
  it('stops the log, not what was acknowledged; with room it goes on', async (t) => {
    t.after(() => {
      spawnSync('umount', [disk]);
      rmSync(directory, { recursive: true });
    });
    const ballast = join(disk, 'ballast');
    writeFileSync(ballast, Buffer.alloc(1024 * 1024));
    const path = join(disk, 'log.db');
    const log = openAuditLog({ path, keyPath: join(directory, 'log.key'), kind: 'gate' });
    const acknowledged: number[] = [];
    const write = (n: number) => log.append([{ type: 'written', body: { n, text: 'x'.repeat(3000) } }]);
    const full = fault(() => {
      for (let n = 0; n < 5000; n += 1) {
        write(n);
        acknowledged.push(n);
      }
    });
    assert.equal(full?.code, 'audit-unavailable');
    assert.match(full?.message ?? '', /full/);
    assert.match(log.trouble() ?? '', /full/);
    assert.ok(acknowledged.length > 50);
    assert.equal(
      fault(() => write(-1))?.code,
      'audit-unavailable',
      'it says no for as long as there is no room',
    );
    await assert.rejects(log.appendSoon([{ type: 'written', body: { n: -2, text: 'x'.repeat(3000) } }]));

    rmSync(ballast);
    write(5000);
    assert.equal(log.trouble(), undefined);
    const written = log.read({ type: 'written' }).map(({ body }) => body.n);
    log.close();
    assert.deepEqual(written, [...acknowledged, 5000]);
    assert.deepEqual((await verifyLogs({ paths: [path] })).problems, []);
  });
});

function fault(work: () => void): Fault | undefined {
  try {
    work();
    return undefined;
  } catch (thrown) {
    return thrown as Fault;
  }
}
