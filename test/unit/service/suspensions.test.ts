// SPDX-License-Identifier: Apache-2.0
/** The gate's log of suspensions, its own and those it only sees. */
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import type { Suspender } from '../../../src/model/suspension.ts';
import { platform, policy, serviceUnderTest, taken, type UnderTest, until } from './gate-under-test.ts';

const by: Suspender = { ...platform, door: 'api' };
const told = ({ audit }: UnderTest) => audit.read({ type: 'suspension.' }).map(({ type }) => type);

function started(): UnderTest {
  const under = serviceUnderTest();
  after(() => under.close());
  under.service.start();
  return under;
}

describe('a suspension the gate is asked for', () => {
  it('is in its log before and after, with who, why and until when; the status says it', async () => {
    const under = started();
    await under.service.apply({ ...{ door: 'api', subject: platform }, intake: taken(policy('a')) });
    await until(() => under.service.status('a').state === 'loaded', 'loaded');
    const made = await under.service.suspensions.suspend({ forSeconds: 60, reason: 'a drill', by });
    await until(() => under.service.status('a').state === 'suspended', 'suspended');
    assert.match(under.service.status('a').hosts[0]?.reason ?? '', /a drill/);
    assert.deepEqual(await under.service.suspensions.list(), [made]);
    await under.service.suspensions.resume({ reason: 'over', by });
    await until(() => under.service.status('a').state === 'loaded', 'loaded again');
    assert.deepEqual(told(under), [
      'suspension.asked',
      'suspension.begun',
      'suspension.ending',
      'suspension.ended',
    ]);
    const [asked, begun] = under.audit.read({ type: 'suspension.' });
    assert.deepEqual(
      [asked?.actor?.user, asked?.body.reason, asked?.body.forSeconds],
      ['ada', 'a drill', 60],
    );
    assert.deepEqual(begun?.body.suspension, made);
  });

  it('that the agent cannot make is a failure, and is written down as one', async () => {
    const under = started();
    under.agent.away = true;
    await assert.rejects(under.service.suspensions.suspend({ reason: 'a drill', by }), /agent is away/);
    assert.deepEqual(told(under), ['suspension.asked', 'suspension.failed']);
  });
});

describe('a suspension made without the gate', () => {
  it('is written down when it is seen, once, and so is its end', async () => {
    const under = started();
    await under.agent.suspend({ forSeconds: 3600, reason: 'the gate was down', by: { ...by, door: 'cli' } });
    await until(() => told(under).length === 1, 'seen');
    await under.service.suspensions.look();
    under.agent.suspended.clear();
    await until(() => told(under).length === 2, 'its end seen');
    assert.deepEqual(told(under), ['suspension.found', 'suspension.ended']);
    const [, end] = under.audit.read({ type: 'suspension.' });
    assert.match(String(end?.body.how), /ended on the host/);
  });

  it('that is over by itself is told as that', async () => {
    const under = started();
    await under.agent.suspend({ forSeconds: 1, reason: 'a blink', by });
    await until(() => told(under).length === 1, 'seen');
    const [one] = under.agent.suspended.values();
    if (one) one.until = new Date(Date.now() - 1).toISOString();
    const { id } = one ?? {};
    under.agent.suspended.clear();
    await until(() => told(under).length === 2, 'its end seen');
    const [, end] = under.audit.read({ type: 'suspension.' });
    assert.equal(end?.body.id, id);
  });
});
