// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, describe, it } from 'node:test';
import { openAuditLog } from '../../src/audit/index.ts';
import { statePaths } from '../../src/config/index.ts';
import { runInProcess } from '../fixtures/run-cli.ts';

const root = mkdtempSync(join(tmpdir(), 'tracegate-audit-cli-'));
after(() => rmSync(root, { recursive: true }));
const env = { TRACEGATE_STATE_DIR: root };
const { gateAudit } = statePaths(root);

mkdirSync(dirname(gateAudit), { recursive: true });
const log = openAuditLog({ path: gateAudit, keyPath: join(root, 'key'), kind: 'gate' });
log.append([
  { type: 'gate.started', body: { n: 1 } },
  { type: 'policy.applied', object: 'a', body: { note: 'to be changed' } },
]);
log.close();

describe('the audit log of this host', () => {
  it('is verified without a gate, and says what is not covered', async () => {
    const run = await runInProcess(['audit', 'verify'], { env });
    assert.equal(run.code, 0, run.stdout + run.stderr);
    assert.match(run.stdout, /: [1-9]\d* records, root [0-9a-f]{64}/);
    assert.match(run.stdout, /not covered: /);
  });

  it('is exported whole, and the export verifies; any changed byte of it exits 1', async () => {
    const { code, stdout } = await runInProcess(['audit', 'export'], { env });
    assert.equal(code, 0);
    const good = join(root, 'good.jsonl');
    const bad = join(root, 'bad.jsonl');
    writeFileSync(good, stdout);
    writeFileSync(bad, stdout.replace('to be changed', 'was changed!!'));
    assert.equal((await runInProcess(['audit', 'verify', good], { env })).code, 0);
    const tampered = await runInProcess(['audit', 'verify', bad], { env });
    assert.equal(tampered.code, 1, tampered.stdout);
    assert.match(tampered.stdout, /PROBLEM .*\nTAMPERED WITH|PROBLEM /);
  });

  it('is missing aloud', async () => {
    const run = await runInProcess(['audit', 'verify'], {
      env: { TRACEGATE_STATE_DIR: join(root, 'nowhere') },
    });
    assert.equal(run.code, 3);
    assert.match(run.stderr, /no audit log/);
  });
});

describe('both audit logs in one list, with no gate to ask', () => {
  const place = mkdtempSync(join(tmpdir(), 'tracegate-both-logs-'));
  after(() => rmSync(place, { recursive: true }));
  const here = { TRACEGATE_STATE_DIR: place };
  const paths = statePaths(place);
  const minute = (n: number) => new Date(Date.UTC(2026, 0, 1, 12, n));
  const write = (kind: 'gate' | 'agent', path: string, entries: [number, string, string?][]) => {
    mkdirSync(dirname(path), { recursive: true });
    const one = openAuditLog({ path, keyPath: join(place, `${kind}.key`), kind, now: () => minute(0) });
    for (const [at, type, object] of entries)
      one.append([
        { type, time: minute(at).toISOString(), body: {}, ...(object !== undefined && { object }) },
      ]);
    one.close();
  };
  write('gate', paths.gateAudit, [
    [1, 'policy.applied', 'a'],
    [4, 'policy.retired', 'a'],
  ]);

  it('says which log is missing, and lists the other', async () => {
    const run = await runInProcess(['audit', 'list', '-o', 'json'], { env: here });
    assert.equal(run.code, 0, run.stderr);
    assert.match(run.stderr, /^the agent's log is not in this list: .+/);
    assert.deepEqual(
      run.json.map(({ log, type }) => [log, type]),
      [
        ['gate', 'policy.retired'],
        ['gate', 'policy.applied'],
        ['gate', 'log.opened'],
      ],
    );
    assert.equal((await runInProcess(['audit', 'list', '--log', 'agent'], { env: here })).code, 3);
    const broken = paths.agentAudit;
    mkdirSync(dirname(broken), { recursive: true });
    writeFileSync(broken, 'not a database at all');
    const again = await runInProcess(['audit', 'list'], { env: here });
    assert.equal(again.code, 0);
    assert.match(again.stderr, /agent\/audit\.db cannot be read/);
    assert.match(again.stdout, /^gate +2 /m);
    rmSync(dirname(broken), { recursive: true });
  });

  it('orders them by time, each row with the name of its log', async () => {
    write('agent', paths.agentAudit, [
      [2, 'load.done', 'a'],
      [3, 'enforcement', 'a'],
      [5, 'retire.done', 'a'],
    ]);
    const list = (...argv: string[]) => runInProcess(['audit', 'list', ...argv], { env: here });
    const all = await list('-o', 'json', '--object', 'a');
    assert.equal(all.stderr, '');
    const shown = ({ json }: typeof all) => json.map(({ log, type }) => `${log} ${type}`);
    assert.deepEqual(shown(all), [
      'agent retire.done',
      'gate policy.retired',
      'agent enforcement',
      'agent load.done',
      'gate policy.applied',
    ]);
    assert.deepEqual(
      shown(await list('-o', 'json', '--object', 'a', '--limit', '2')),
      shown(all).slice(0, 2),
    );
    assert.deepEqual(shown(await list('-o', 'json', '--log', 'gate', '--type', 'policy.')), [
      'gate policy.retired',
      'gate policy.applied',
    ]);
    const since = ['--since', minute(3).toISOString(), '--until', minute(4).toISOString()];
    assert.deepEqual(shown(await list('-o', 'json', ...since)), ['gate policy.retired', 'agent enforcement']);
    const text = await list();
    assert.match(text.stdout, /^LOG +SEQ +TIME +TYPE +BY +OBJECT\nagent +3 +2026-01-01T12:05/);
    assert.match(text.stdout, /^gate +2 +2026-01-01T12:04:00.000Z +policy.retired +- +a$/m);
  });

  it('are headed by a checkpoint, which shows later what was written anew', async () => {
    const made = await runInProcess(['audit', 'checkpoint'], { env: here });
    assert.equal(made.code, 0, made.stderr);
    assert.deepEqual(
      made.json.map(({ logId, size }) => [String(logId).split(':')[0], size]),
      [
        ['gate', 3],
        ['agent', 4],
      ],
    );
    const kept = join(root, 'checkpoint.jsonl');
    writeFileSync(kept, made.stdout);
    const verify = () => runInProcess(['audit', 'verify', '--checkpoint', kept], { env: here });
    assert.equal((await verify()).code, 0);
    // somebody with the keys writes both logs anew: whole in themselves, and found all the same
    for (const path of [paths.gateAudit, paths.agentAudit]) rmSync(dirname(path), { recursive: true });
    write('gate', paths.gateAudit, [[1, 'policy.applied', 'b']]);
    write('agent', paths.agentAudit, [[2, 'load.done', 'b']]);
    assert.equal((await runInProcess(['audit', 'verify'], { env: here })).code, 0);
    const found = await verify();
    assert.equal(found.code, 1, found.stdout);
    assert.match(found.stdout, /cut off or set back: it had 4 records/);
  });

  it('half a checkpoint is a failure, and what is no checkpoint is refused', async () => {
    rmSync(dirname(paths.agentAudit), { recursive: true });
    const half = await runInProcess(['audit', 'checkpoint'], { env: here });
    assert.deepEqual([half.code, half.json.length], [3, 1]);
    assert.match(half.stderr, /the agent's log is not in this checkpoint/);
    const file = join(root, 'no-checkpoint');
    for (const text of ['', 'words\n', '{"logId":"gate:1"}\n']) {
      writeFileSync(file, text);
      const run = await runInProcess(['audit', 'verify', '--checkpoint', file], { env: here });
      assert.equal(run.code, 3, text);
      assert.match(run.stderr, /no-checkpoint/);
    }
  });
});
