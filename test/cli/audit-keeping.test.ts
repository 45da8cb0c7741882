// SPDX-License-Identifier: Apache-2.0
/** How a log is kept: sealed, taken out, redacted, handed over to another key; and what is asked of it. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, describe, it } from 'node:test';
import { openAuditLog } from '../../src/audit/index.ts';
import { statePaths } from '../../src/config/index.ts';
import { runInProcess } from '../fixtures/run-cli.ts';

const root = mkdtempSync(join(tmpdir(), 'tracegate-keeping-'));
after(() => rmSync(root, { recursive: true }));
const env = { TRACEGATE_STATE_DIR: root };
const { gateAudit } = statePaths(root);
const options = { path: gateAudit, keyPath: join(root, 'keys', 'gate-audit.key'), kind: 'gate' as const };
const run = (...words: string[]) => runInProcess(words, { env });

mkdirSync(dirname(gateAudit), { recursive: true });
const log = openAuditLog(options);
const decision = (n: number) => ({
  type: 'decision',
  object: `p${n % 4}`,
  actor: { user: n % 2 === 0 ? 'jane' : 'joe', groups: [] },
  body: {
    decision: { id: `d-${n}`, allowed: n % 3 !== 0, findings: n % 3 === 0 ? [{ rule: 'TPG-201' }] : [] },
  },
});
log.append(Array.from({ length: 300 }, (_, n) => decision(n)));
log.append([{ type: 'order.failed', object: 'p1', body: { host: 'node-7', code: 'kernel' } }]);
log.close();

describe('what is asked of a log', () => {
  const listed = async (...filters: string[]) => {
    const { code, stdout, stderr } = await run(
      'audit',
      'list',
      '--log',
      'gate',
      '-o',
      'json',
      '--limit',
      '1000',
      ...filters,
    );
    assert.equal(code, 0, stderr);
    return stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));
  };
  it('is answered by who, policy, rule, outcome, decision and host', async () => {
    assert.equal((await listed('--actor', 'jane')).length, 150);
    assert.equal((await listed('--policy', 'p1', '--type', 'decision')).length, 75);
    assert.equal((await listed('--rule', 'TPG-201')).length, 100);
    assert.equal((await listed('--rule', 'TPG-202')).length, 0);
    assert.equal((await listed('--outcome', 'denied', '--actor', 'jane')).length, 50);
    assert.equal((await listed('--outcome', 'allowed')).length, 200);
    assert.deepEqual(
      (await listed('--outcome', 'failed')).map(({ type }) => type),
      ['order.failed'],
    );
    assert.deepEqual(
      (await listed('--decision', 'd-17')).map(({ seq }) => seq),
      [18],
    );
    assert.deepEqual(
      (await listed('--host', 'node-7')).map(({ type }) => type),
      ['order.failed'],
    );
  });
  it('is no usage of an outcome there is not', async () => {
    assert.equal((await run('audit', 'list', '--outcome', 'perhaps')).code, 2);
  });
});

describe('a log that is kept', () => {
  it('is not touched while it has a writer, nor where that is no gate that answers', async () => {
    const running = openAuditLog(options);
    const [sealed, rotated] = [await run('audit', 'seal', join(root, 'x')), await run('audit', 'rotate-key')];
    running.close();
    assert.equal(sealed.code, 3);
    assert.match(sealed.stderr, /gate/);
    assert.equal(rotated.code, 3);
    assert.match(rotated.stderr, /gate/);
  });
  it('wants a reason for what cannot be undone', async () => {
    assert.equal((await run('audit', 'redact', '3')).code, 2);
    assert.equal((await run('audit', 'prune', 'x')).code, 2);
  });
  it('is redacted, handed over, sealed and pruned, and verifies with and without its segment', async () => {
    const segment = join(root, 'one.segment');
    const steps = [
      ['audit', 'redact', '3', '--reason', 'she asked'],
      ['audit', 'rotate-key'],
      ['audit', 'seal', segment],
      ['audit', 'prune', segment, '--reason', 'old enough'],
      ['audit', 'verify'],
      ['audit', 'verify', segment],
      ['audit', 'verify', gateAudit, segment],
    ];
    for (const step of steps) {
      const { code, stdout, stderr } = await run(...step);
      assert.equal(code, 0, `${step.join(' ')}: ${stdout}${stderr}`);
    }
    const { stdout } = await run('audit', 'list', '--log', 'gate', '-o', 'json', '--type', 'log.pruned');
    assert.equal(JSON.parse(stdout).body.because, 'old enough');
  });
});

describe('a log that its agent writes, and no gate', () => {
  const state = mkdtempSync(join(tmpdir(), 'tracegate-alone-'));
  after(() => rmSync(state, { recursive: true }));

  it('is not sealed, and the answer says who has it and what to do', async () => {
    const { agentAudit } = statePaths(state);
    mkdirSync(dirname(agentAudit), { recursive: true });
    const keyPath = join(dirname(agentAudit), 'audit.key');
    const written = openAuditLog({ path: agentAudit, keyPath, kind: 'agent' });
    try {
      const seal = ['audit', 'seal', '--log', 'agent'];
      const { code, stderr } = await runInProcess(seal, { env: { TRACEGATE_STATE_DIR: state } });
      assert.equal(code, 3);
      assert.match(stderr, /the agent is writing its log, .*no gate was found in .*end the agent meanwhile/);
    } finally {
      written.close();
    }
  });
});
