// SPDX-License-Identifier: Apache-2.0
/** `exceptions` against a real gate, and the same exception at every door: API, webhook and a review of files. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { Decision } from '../../src/model/decision.ts';
import { runningGate } from '../api/running-gate.ts';
import { runInProcess } from '../fixtures/run-cli.ts';
import { policy } from '../unit/service/gate-under-test.ts';

const running = await runningGate();
const tokens = Object.entries({ tom: ['developers'], sue: ['tracegate:approvers'] }).map(([user, groups]) => {
  const file = join(running.stateDir, `${user}.token`);
  const token = running.tokenFor(user, ...groups);
  writeFileSync(file, token);
  return [user, { file, token }] as const;
});
const { tom, sue } = Object.fromEntries(tokens) as Record<'tom' | 'sue', { file: string; token: string }>;

const cli = ({ file }: { file: string }, ...argv: string[]) =>
  runInProcess([...argv, '--server', running.gate.url, '--token-file', file], {
    env: { TRACEGATE_STATE_DIR: running.stateDir },
    cwd: running.stateDir,
  });
const ADD = ['exceptions', 'add', '--rule', 'TPG-102', '--policies', 'links', '--users', 'tom'];
const WHY = ['--ticket', 'OPS-7', '--reason', 'until the move'];

/** Tom watches every host, which is for the platform: TPG-102. */
async function atEachDoor(): Promise<Record<string, unknown>> {
  const api = await running
    .as(tom.token)
    .post('/v1/reviews')
    .send({ policy: policy('links') });
  const kind = { group: 'cilium.io', version: 'v1alpha1', kind: 'TracingPolicy' };
  const request = { uid: 'u1', kind, name: 'links', operation: 'CREATE', object: policy('links') };
  const webhook = await running
    .as('')
    .post('/webhooks/tracingpolicies/validate')
    .send({
      apiVersion: 'admission.k8s.io/v1',
      kind: 'AdmissionReview',
      request: { ...request, userInfo: { username: 'tom', groups: ['developers'] } },
    });
  const { response } = webhook.body;
  return {
    api: [api.body.allowed, (api.body as Decision).exceptions?.[0]?.ticket],
    webhook: [response.allowed, response.auditAnnotations.exceptions],
  };
}

describe('tracegate exceptions', () => {
  it('add, approve, list and revoke, and both doors go by it', async () => {
    const added = await cli(tom, ...ADD, ...WHY, '--for', '7d');
    assert.equal(added.code, 0, added.stderr);
    const id = added.stdout.trim();
    assert.match(
      added.stderr,
      new RegExp(`until somebody else approves it: tracegate exceptions approve ${id}`),
    );
    assert.deepEqual(await atEachDoor(), { api: [false, undefined], webhook: [false, undefined] });
    assert.equal((await cli(tom, 'exceptions', 'approve', id)).code, 1, 'he asked himself');
    assert.equal((await cli(sue, 'exceptions', 'approve', id)).code, 0);
    const listed = await cli(tom, 'exceptions', 'list');
    assert.match(
      listed.stdout,
      new RegExp(`${id} +TPG-102 +in force +policies links; users tom +tom +sue +OPS-7`),
    );
    assert.deepEqual(await atEachDoor(), { api: [true, 'OPS-7'], webhook: [true, `TPG-102:${id}`] });
    assert.equal((await cli(tom, 'exceptions', 'revoke', id)).code, 0);
    assert.deepEqual(await atEachDoor(), { api: [false, undefined], webhook: [false, undefined] });
    assert.equal((await cli(tom, 'exceptions', 'list', '-o', 'json')).json.length, 0);
    const all = await cli(tom, 'exceptions', 'list', '--all', '-o', 'json');
    assert.deepEqual(
      all.json.map(({ state, revokedBy }) => [state, revokedBy]),
      [['revoked', 'tom']],
    );
  });

  // biome-ignore format: a table is read in rows
  const WRONG: [string[], RegExp][] = [
    [['exceptions', 'add', ...WHY, '--for', '7d', '--users', 'tom'], /needs --rule/],
    [[...ADD, '--reason', 'x', '--for', '7d'], /needs --ticket/],
    [[...ADD, ...WHY], /has an end/],
    [[...ADD, ...WHY, '--for', '7d', '--expires', '2030-01-01T00:00:00Z'], /has an end/],
    [['exceptions', 'add', '--rule', 'TPG-102', ...WHY, '--for', '7d'], /say what it is about/],
    [[...ADD, ...WHY, '--for', '400d'], /within 366 days/],
    [['exceptions', 'add', '--rule', 'TPG-201', '--users', 'tom', ...WHY, '--for', '7d'], /nobody is excepted/],
  ];
  for (const [argv, why] of WRONG) {
    it(`wrong usage: ${argv.slice(2).join(' ')}`, async () => {
      const run = await cli(tom, ...argv);
      assert.equal(run.code, 2, run.stderr);
      assert.match(run.stderr, why);
    });
  }

  it('in the organisation’s data count for a review of files, until they end', async () => {
    const files = { policy: join(running.stateDir, 'links.json'), data: join(running.stateDir, 'data.json') };
    writeFileSync(files.policy, JSON.stringify(policy('links')));
    const review = async (expires: string) => {
      const written = { rule: 'TPG-102', scope: { policies: ['links'] }, requester: 'tom', approver: 'sue' };
      const exceptions = [{ ...written, ticket: 'OPS-7', reason: 'until the move', expires }];
      writeFileSync(files.data, JSON.stringify({ exceptions }));
      return runInProcess(
        ['review', files.policy, '--data', files.data, '--as', 'tom', '--groups', 'developers'],
        {
          cwd: running.stateDir,
          env: { TRACEGATE_STATE_DIR: join(running.stateDir, 'none') },
        },
      );
    };
    const open = await review('2999-01-01T00:00:00Z');
    assert.equal(open.code, 0, open.stdout);
    assert.match(
      open.stdout,
      /exception organisation-1 from TPG-102 until 2999.*asked for by tom, approved by sue, OPS-7/,
    );
    assert.match(open.stdout, /let pass by the exception organisation-1/);
    assert.equal((await review('2020-01-01T00:00:00Z')).code, 1);
  });
});
