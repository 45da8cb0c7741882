// SPDX-License-Identifier: Apache-2.0
/** Suspensions over HTTPS: who may, what is refused, what is answered. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { policy, until } from '../unit/service/gate-under-test.ts';
import { runningGate } from './running-gate.ts';

const running = await runningGate();
const PATH = '/v1/suspensions';
const stateOf = (name: string) => running.gate.service.status(name).state;

describe('POST and DELETE /v1/suspensions', () => {
  it('suspend everything for a while, and end it', async () => {
    const put = await running.as().put('/v1/policies/a').send(policy('a'));
    assert.equal(put.status, 201, put.text);
    await until(() => stateOf('a') === 'loaded', 'loaded');
    const made = await running.as().post(PATH).send({ forSeconds: 600, reason: 'nobody can log in' });
    assert.equal(made.status, 201, made.text);
    assert.deepEqual([made.body.by.user, made.body.by.door, made.body.policy], ['admin', 'api', undefined]);
    assert.equal(Date.parse(made.body.until) - Date.parse(made.body.since), 600_000);
    const list = await running.as(running.tokenFor('sam')).get(PATH);
    assert.deepEqual(list.body.items, [made.body], 'whoever is known may see why nothing acts');
    await until(() => stateOf('a') === 'suspended', 'suspended');
    const ended = await running.as().delete(PATH).query({ reason: 'mended' });
    assert.deepEqual([ended.status, ended.body.id], [200, made.body.id]);
    await until(() => stateOf('a') === 'loaded', 'loaded again');
    assert.equal((await running.as().delete(PATH)).status, 404);
  });

  it('suspend one policy, which must be there', async () => {
    const made = await running.as().post(PATH).send({ policy: 'a', reason: 'too loud' });
    assert.deepEqual([made.status, made.body.policy, made.body.until], [201, 'a', undefined]);
    assert.equal((await running.as().delete(PATH).query({ policy: 'a' })).status, 200);
    const missing = await running.as().post(PATH).send({ policy: 'b', reason: 'too loud' });
    assert.deepEqual([missing.status, missing.body.code], [404, 'not-found']);
  });

  it('are for platform only, and write down what was refused nowhere as done', async () => {
    for (const groups of [[], ['tracegate:enforcers'], ['tracegate:auditors']]) {
      const other = running.as(running.tokenFor('mallory', ...groups));
      assert.equal((await other.post(PATH).send({ reason: 'please' })).status, 403, String(groups));
      assert.equal((await other.delete(PATH)).status, 403);
    }
    assert.equal((await running.as('').post(PATH).send({ reason: 'please' })).status, 401);
    assert.deepEqual(running.gate.service.audit.read({ type: 'suspension.', actor: 'mallory' }), []);
  });

  // biome-ignore format: a table is read in rows
  const BAD: [string, object, RegExp][] = [
    ['no reason', {}, /reason/],
    ['an empty reason', { reason: ' ' }, /reason/],
    ['no time at all', { reason: 'x', forSeconds: 0 }, /forSeconds/],
    ['a time in words', { reason: 'x', forSeconds: '30m' }, /forSeconds/],
    ['longer than a month', { reason: 'x', forSeconds: 2_592_001 }, /forSeconds/],
    ['a key that is not known', { reason: 'x', polcy: 'a' }, /did you mean "policy"/],
    ['a namespace as a whole', { reason: 'x', namespace: 'dev' }, /name a policy in it/],
  ];
  for (const [what, body, why] of BAD) {
    it(`refuse ${what}, and suspend nothing`, async () => {
      const answer = await running.as().post(PATH).send(body);
      assert.equal(answer.status, 400, answer.text);
      assert.match(answer.body.detail, why);
      assert.equal(running.agent.suspended.size, 0);
    });
  }

  it('say so when the host cannot be asked', async () => {
    running.agent.away = true;
    try {
      const answer = await running.as().post(PATH).send({ reason: 'nobody can log in' });
      assert.deepEqual([answer.status, answer.body.code], [503, 'agent-away']);
    } finally {
      running.agent.away = false;
    }
  });
});

describe("the agent's log by the gate", () => {
  it('is listed, shown and headed like the gate’s own, for auditors', async () => {
    const auditor = running.as(running.tokenFor('eve', 'tracegate:auditors'));
    const list = await auditor.get('/v1/audit/records').query({ log: 'agent' });
    assert.equal(list.status, 200, list.text);
    assert.match(list.body.items[0].logId, /^agent:/);
    const one = await auditor.get('/v1/audit/records/0').query({ log: 'agent' });
    assert.deepEqual(one.body, list.body.items[0]);
    const head = await auditor.get('/v1/audit/head').query({ log: 'agent' });
    assert.equal(head.body.logId, one.body.logId);
    assert.match((await auditor.get('/v1/audit/head')).body.logId, /^gate:/);
    assert.equal((await auditor.get('/v1/audit/records').query({ log: 'mine' })).status, 400);
    const other = running.as(running.tokenFor('sam'));
    assert.equal((await other.get('/v1/audit/records').query({ log: 'agent' })).status, 403);
  });
});
