// SPDX-License-Identifier: Apache-2.0
/** What changes how the gate's log is kept, while the gate runs. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { globalAgent } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { startGate } from '../../src/gate/index.ts';
import { silentLog } from '../../src/telemetry/log.ts';
import { runInProcess } from '../fixtures/run-cli.ts';
import { configFor } from './running-gate.ts';

const root = mkdtempSync(join(tmpdir(), 'tracegate-kept-'));
const stateDir = join(root, 'state');
const SECRET = 'a-reason-nobody-may-keep';
const run = (...words: string[]) => runInProcess(words, { env: { TRACEGATE_STATE_DIR: stateDir } });
const stored = () =>
  ['audit.db', 'audit.db-wal']
    .map((name) => join(stateDir, 'gate', name))
    .filter(existsSync)
    .map((path) => readFileSync(path, 'latin1'))
    .join('');

describe('the log of a running gate', () => {
  let newKey: string | undefined;
  let gate: Awaited<ReturnType<typeof startGate>>;
  before(async () => {
    gate = await startGate(configFor(stateDir), { log: silentLog, version: '0' });
  });
  after(async () => {
    await gate.close();
    globalAgent.destroy();
    rmSync(root, { recursive: true });
  });

  it('is handed over to a new key, and goes on', async () => {
    const { code, stdout, stderr } = await run('audit', 'rotate-key');
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^the gate's log is signed with sha256:[0-9a-f]+ from now on/);
    newKey = /sha256:[0-9a-f]+/.exec(stdout)?.[0];
  });

  it('loses a value, in its files too, and stays whole', async () => {
    const made = await run(
      ...['exceptions', 'add', '--rule', 'TPG-203', '--policies', 'p1', '--ticket', 'T-1', '--for', '1h'],
      ...['--reason', SECRET],
    );
    assert.equal(made.code, 0, made.stderr);
    const listed = await run('audit', 'list', '--log', 'gate', '--type', 'exception.requested', '-o', 'json');
    const { seq } = JSON.parse(listed.stdout.split('\n')[0] ?? '');
    assert.ok(stored().includes(SECRET));
    const { code, stderr } = await run('audit', 'redact', String(seq), '--reason', 'asked to');
    assert.equal(code, 0, stderr);
    assert.ok(!stored().includes(SECRET));
    const shown = await run('audit', 'show', String(seq), '--log', 'gate');
    assert.ok(!shown.stdout.includes(SECRET), shown.stdout);
    const head = JSON.parse((await run('audit', 'checkpoint')).stdout.split('\n')[0] ?? '');
    assert.equal(head.keyId, newKey);
    const verified = await run('audit', 'verify');
    assert.equal(verified.code, 0, verified.stdout);
  });

  it('is sealed and pruned, and verifies with its segments', async () => {
    gate.service.audit.append(
      Array.from({ length: 300 }, (_, n) => ({ type: 'policy.applied', object: `p-${n}`, body: { n } })),
    );
    const copy = join(root, 'copy.segment');
    const sealed = await run('audit', 'seal', copy);
    assert.equal(sealed.code, 0, sealed.stderr);
    assert.match(sealed.stdout, /^sealed records 0 to \d+, root [0-9a-f]{64}, in .*copy\.segment/);
    const [name = ''] = readdirSync(join(stateDir, 'gate', 'segments'));
    assert.deepEqual(readFileSync(copy), readFileSync(join(stateDir, 'gate', 'segments', name)));
    const again = await run('audit', 'seal');
    assert.equal(again.code, 2, again.stderr);
    assert.match(again.stderr, /nothing to seal/);
    const elsewhere = await run('audit', 'prune', join(root, 'other.segment'), '--reason', 'room');
    assert.equal(elsewhere.code, 2);
    assert.match(elsewhere.stderr, /is not in .*segments/);
    const pruned = await run('audit', 'prune', name, '--reason', 'room');
    assert.equal(pruned.code, 0, pruned.stderr);
    const left = async () => (await run('audit', 'show', '5', '--log', 'gate')).code;
    for (let tries = 0; (await left()) === 0 && tries < 200; tries += 1)
      await new Promise((resolve) => setTimeout(resolve, 25));
    assert.notEqual(await left(), 0);
    const listed = await run('audit', 'list', '--log', 'gate', '--type', 'log.pruned', '-o', 'json');
    const { actor, body } = JSON.parse(listed.stdout);
    assert.equal(body.because, 'room');
    assert.equal(actor.door, 'api');
    for (const files of [[], [join(stateDir, 'gate', 'audit.db'), copy]]) {
      const verified = await run('audit', 'verify', ...files);
      assert.equal(verified.code, 0, verified.stdout);
    }
  });

  it('says what cannot be taken away, and what is no number', async () => {
    const { code, stderr } = await run('audit', 'redact', '0', '--field', '/seq', '--reason', 'asked to');
    assert.equal(code, 2);
    assert.match(stderr, /\/seq of record 0 can be taken away/);
  });
});
