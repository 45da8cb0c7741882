// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { Decision } from '../../src/model/decision.ts';
import { runningGate } from '../api/running-gate.ts';
import { HOSTILE } from '../fixtures/hostile.ts';
import { FIELD_POLICIES, RESTRICT_SYMLINK, TCP_CONNECT } from '../fixtures/policies.ts';
import { type CliRun, runInProcess } from '../fixtures/run-cli.ts';

const running = await runningGate();

describe('the command line and a real gate', () => {
  let files = 0;

  const file = (content: string | Buffer, name = `${files++}.yaml`): string => {
    const path = join(running.stateDir, name);
    writeFileSync(path, content);
    return path;
  };
  /** As the host's administrator, found by itself in the state directory. */
  const cli = (...argv: string[]): Promise<CliRun> =>
    runInProcess(argv, { env: { TRACEGATE_STATE_DIR: running.stateDir }, cwd: running.stateDir });
  /** Over HTTPS as whoever the token stands for. */
  const as = (token: string, ...argv: string[]): Promise<CliRun> => {
    const named = ['--server', running.gate.url, '--token-file', file(`${token}\n`, `token${files++}`)];
    return cli(...argv, ...named);
  };

  it('find each other, and carry a policy through its life', async () => {
    const applied = await cli('policy', 'apply', '-f', file(TCP_CONNECT), '--reason', 'a test', '-o', 'json');
    assert.equal(applied.code, 0, applied.stdout + applied.stderr);
    assert.equal((applied.json[0] as unknown as Decision).allowed, true);
    assert.equal((await cli('policy', 'apply', '--wait', '-f', file(RESTRICT_SYMLINK))).code, 0);
    const list = await cli('policy', 'list', '-o', 'json');
    assert.deepEqual(
      list.json.map(({ name }) => name),
      ['restrict-symlink', 'tcp-connect'],
    );
    assert.match((await cli('policy', 'get', 'tcp-connect')).stdout, /kind: TracingPolicy\n/);
    for (const change of [
      ['disable', 'tcp-connect'],
      ['enable', 'tcp-connect'],
      ['mode', 'tcp-connect', 'monitor'],
    ]) {
      const run = await cli('policy', ...change, '--reason', 'a test');
      assert.equal(run.code, 0, run.stdout + run.stderr);
    }
    const status = await cli('policy', 'status', '-o', 'json', '--wait');
    assert.deepEqual(
      status.json.map(({ name, effectiveMode }) => [name, effectiveMode]),
      [
        ['restrict-symlink', 'enforce'],
        ['tcp-connect', 'monitor'],
      ],
    );
    assert.match((await cli('policy', 'status')).stdout, /^POLICY +REVISION/);
    const history = await cli('policy', 'history', 'tcp-connect', '-o', 'json');
    assert.deepEqual(
      history.json.map(({ revision }) => revision),
      [1, 2, 3, 4],
    );
    assert.equal((await cli('policy', 'delete', 'tcp-connect', '--reason', 'done')).code, 0);
    assert.equal((await cli('policy', 'get', 'tcp-connect')).code, 3);
  });

  it('tell the audit log the same story', async () => {
    const list = await cli('audit', 'list', '--object', 'tcp-connect', '-o', 'json', '--limit', '5');
    assert.deepEqual(
      list.json.map(({ log }) => log),
      Array(5).fill('gate'),
    );
    assert.equal(list.code, 0, list.stderr);
    assert.equal(list.json.length, 5);
    const [newest, older] = list.json as [{ seq: number }, { seq: number }];
    assert.ok(newest.seq > older.seq, 'newest first');
    const shown = await cli('audit', 'show', String(newest.seq), '-o', 'json');
    assert.deepEqual(shown.json[0], newest);
    const verified = await cli('audit', 'verify', '-o', 'json');
    assert.equal(verified.code, 0, verified.stdout);
  });

  it('list both logs, and show a record of either', async () => {
    const list = await cli('audit', 'list', '-o', 'json');
    const logs = new Set(list.json.map(({ log }) => log));
    assert.deepEqual([...logs].sort(), ['agent', 'gate']);
    const record = list.json.find(({ log }) => log === 'agent');
    const shown = await cli('audit', 'show', String(record?.seq), '--log', 'agent', '-o', 'json');
    assert.deepEqual(shown.json[0], record);
    running.agent.away = true;
    const half = await cli('audit', 'list', '-o', 'json');
    running.agent.away = false;
    assert.match(half.stderr, /the agent's log is not in this list: the agent is away/);
    assert.deepEqual(new Set(half.json.map(({ log }) => log)), new Set(['gate']));
    const checkpoint = await cli('audit', 'checkpoint');
    assert.deepEqual([checkpoint.code, checkpoint.json.length], [0, 2]);
  });

  it('show what changed between two revisions', async () => {
    const diff = await cli('policy', 'diff', 'tcp-connect', '1', '4');
    assert.equal(diff.code, 0, diff.stderr);
    assert.equal(diff.stdout, 'tcp-connect: revision 1 → 4\n  /mode\n  - "enforce"\n  + "monitor"\n');
    const gone = await cli('policy', 'diff', 'tcp-connect', '4', '-o', 'json');
    assert.deepEqual([gone.json[0]?.from, gone.json[0]?.to], [4, 5]);
    assert.match((await cli('policy', 'diff', 'tcp-connect', '1', '1')).stdout, /no difference/);
    const missing = await cli('policy', 'diff', 'tcp-connect', '9');
    assert.equal(missing.code, 3);
    assert.match(missing.stderr, /no revision 9: there are 1, 2, 3, 4, 5/);
    assert.equal((await cli('policy', 'diff', 'tcp-connect', 'first')).code, 2);
    assert.equal((await cli('policy', 'diff', 'never-was', '1')).code, 3);
  });

  it('judge alike, here and there', async () => {
    for (const [name, text] of Object.entries(FIELD_POLICIES)) {
      const path = file(text);
      const here = await cli('review', '-o', 'json', '--as', 'sam', '--groups', 'dev', path);
      const there = await as(running.tokenFor('sam', 'dev'), 'review', '-o', 'json', path);
      assert.equal(here.code, there.code, name);
      // what this host's kernel can do is known to neither; the gate's agent answers for itself
      const said = ({ json }: CliRun) =>
        (json[0] as unknown as Decision).findings.filter(({ rule }) => rule !== 'TPG-002');
      assert.deepEqual(said(there), said(here), name);
    }
  });

  it('deny whoever may not, with the reasons, and store nothing', async () => {
    const run = await as(
      running.tokenFor('mallory'),
      'policy',
      'apply',
      '-f',
      file(RESTRICT_SYMLINK.replace('restrict-symlink', 'mine')),
    );
    assert.equal(run.code, 1, run.stderr);
    assert.match(run.stdout, /TracingPolicy mine: denied\n {2}deny TPG-/);
    assert.equal((await cli('policy', 'get', 'mine')).code, 3);
    assert.equal((await as('tg_nobody', 'policy', 'list')).code, 3);
    assert.equal((await as(running.tokenFor('mallory'), 'token', 'list')).code, 1);
  });

  it('make and revoke tokens', async () => {
    const made = await cli('token', 'create', '--user', 'pat', '--groups', 'tracegate:platform');
    assert.equal(made.code, 0, made.stderr);
    const token = made.stdout.trim();
    assert.equal((await as(token, 'policy', 'list')).code, 0);
    const list = await cli('token', 'list', '-o', 'json');
    const id = String(list.json.find(({ user }) => user === 'pat')?.id);
    assert.ok(!list.stdout.includes(token));
    assert.equal((await cli('token', 'revoke', id)).code, 0);
    assert.equal((await as(token, 'policy', 'list')).code, 3);
  });

  it('speak of rules and hosts', async () => {
    const rules = await cli('rules', 'list', '--server', `unix:${join(running.stateDir, 'gate.sock')}`);
    assert.match(rules.stdout, /TPG-201 +enforce/);
    const facts = await cli('host', 'facts', '-o', 'json');
    assert.equal(facts.code, 3, 'the recording agent tells none');
    assert.match(facts.stderr, /facts/);
  });

  it('take nothing hostile: every broken file is refused, and nothing is stored', async () => {
    const before = (await cli('policy', 'list')).stdout;
    const paths = HOSTILE.filter(({ status, fineInFiles }) => status !== 415 && !fineInFiles).map(
      ({ body, contentType }, at) =>
        file(body, `hostile${at}.${contentType === 'application/json' ? 'json' : 'yaml'}`),
    );
    const run = await cli('policy', 'apply', '-o', 'json', ...paths.flatMap((path) => ['-f', path]));
    assert.equal(run.code, 3);
    assert.equal(run.json.length, paths.length);
    const accepted = run.json.filter(
      (answer) => answer.allowed === true || (!answer.error && !answer.findings),
    );
    assert.deepEqual(accepted, []);
    const reviewed = await as(running.adminToken, 'review', '-o', 'json', ...paths);
    assert.equal(reviewed.json.length, paths.length);
    assert.deepEqual(
      reviewed.json.filter(({ allowed }) => allowed === true),
      [],
    );
    assert.equal((await cli('policy', 'list')).stdout, before);
  });
});
