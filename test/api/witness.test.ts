// SPDX-License-Identifier: Apache-2.0
/** A second party keeps heads of a gate's log, and does not take another past for it. */
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { globalAgent } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { openAuditLog } from '../../src/audit/index.ts';
import { startGate } from '../../src/gate/index.ts';
import { silentLog } from '../../src/telemetry/log.ts';
import { runInProcess } from '../fixtures/run-cli.ts';
import { configFor } from './running-gate.ts';

const root = mkdtempSync(join(tmpdir(), 'tracegate-witness-'));
after(() => rmSync(root, { recursive: true }));
const [stateDir, kept] = [join(root, 'state'), join(root, 'heads')];
const paths = { path: join(stateDir, 'gate', 'audit.db'), keyPath: join(stateDir, 'keys', 'gate-audit.key') };

async function whileRunning<T>(work: () => Promise<T>): Promise<T> {
  const gate = await startGate(configFor(stateDir), { log: silentLog, version: '0' });
  try {
    return await work();
  } finally {
    await gate.close();
    // a command ends with its connections; here they would outlive the gate
    globalAgent.destroy();
  }
}
const run = (...words: string[]) => runInProcess(words, { env: { TRACEGATE_STATE_DIR: stateDir } });
const witness = () => whileRunning(() => run('audit', 'witness', kept));
const sizes = () =>
  readFileSync(kept, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line).size as number);
const keep = (work: (log: ReturnType<typeof openAuditLog>) => void) => {
  const log = openAuditLog({ ...paths, kind: 'gate' });
  work(log);
  log.close();
};

describe('a second party', () => {
  it('keeps a head, and the next when the log has gone on, over a change of keys too', async () => {
    const first = await witness();
    assert.equal(first.code, 0, first.stderr);
    keep((log) => {
      log.append(Array.from({ length: 700 }, (_, n) => ({ type: 'decision', body: { n } })));
      log.rotateKey();
    });
    const second = await witness();
    assert.equal(second.code, 0, second.stderr);
    assert.equal(sizes().length, 2);
    assert.ok((sizes()[1] ?? 0) > 700);
    const verified = await run('audit', 'verify', '--checkpoint', kept);
    assert.equal(verified.code, 0, verified.stdout);
  });

  it('refuses an older copy that was put back, and one that went on from there with the same keys', async () => {
    cpSync(stateDir, join(root, 'copy'), { recursive: true });
    assert.equal((await witness()).code, 0);
    const before = sizes();
    const putBack = () => {
      rmSync(stateDir, { recursive: true });
      cpSync(join(root, 'copy'), stateDir, { recursive: true });
    };
    putBack();
    const older = await witness();
    assert.equal(older.code, 1);
    assert.match(older.stderr, /refused: it (was set back|has another past)/);
    putBack();
    keep((log) => log.append(Array.from({ length: 50 }, (_, n) => ({ type: 'decision', body: { n } }))));
    const forked = await witness();
    assert.equal(forked.code, 1);
    assert.match(forked.stderr, /another past than the head of \d+ records/);
    assert.deepEqual(sizes(), before, 'none of it is kept as a head');
    const evidence = readFileSync(`${kept}.refused`, 'utf8').split('\n').filter(Boolean);
    assert.equal(evidence.length, 2);
    assert.equal((await run('audit', 'verify', '--checkpoint', kept)).code, 1, 'verify finds the same');
  });

  it('refuses another log', async () => {
    rmSync(stateDir, { recursive: true });
    const other = await witness();
    assert.equal(other.code, 1);
    assert.match(other.stderr, /and the heads kept are of gate:/);
  });

  it('does not begin anew because its file cannot be read', async () => {
    writeFileSync(kept, 'nothing\n');
    const { code, stderr } = await witness();
    assert.equal(code, 3);
    assert.match(stderr, /is no signed head/);
  });
});
