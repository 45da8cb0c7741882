// SPDX-License-Identifier: Apache-2.0
/** Exceptions from asking to their end, and what decisions make of them. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Fault } from '../../../src/errors.ts';
import { APPROVER_GROUP } from '../../../src/model/approval.ts';
import { platform, policy, serviceUnderTest, taken, type UnderTest } from './gate-under-test.ts';

const approver = { user: 'sue', groups: [APPROVER_GROUP] };
const tom = { user: 'tom', groups: ['developers'] };

/** Tom watches every host, which is for the platform: TPG-102. */
const watch = () => policy('links');
const wanted = (expires: string) => ({
  ...{ rule: 'TPG-102', scope: { policies: ['links'] }, who: { users: ['tom'] }, ticket: 'OPS-7' },
  ...{ reason: 'the linker', expires },
});

const inDays = (days: number, from = Date.now()) => new Date(from + days * 86_400_000).toISOString();
const asked = ({ service }: UnderTest) =>
  service.exceptions.add(wanted(inDays(7)), { subject: tom, door: 'api' });
const review = async ({ service }: UnderTest) =>
  (await service.review({ door: 'api', subject: tom, operation: 'create', intake: taken(watch()) })).decision;
const fault = (code: string, message: RegExp) => (thrown: unknown) =>
  thrown instanceof Fault && thrown.code === code && message.test(thrown.message);

describe('an exception', () => {
  it('counts from its approval to its revocation, and every step is in the audit log', async () => {
    const under = serviceUnderTest();
    const { id, state } = asked(under);
    assert.equal(state, 'requested');
    assert.equal((await review(under)).allowed, false, 'nobody has approved it');
    assert.equal(under.service.exceptions.approve(id, { subject: approver }).state, 'in force');
    const decision = await review(under);
    assert.equal(decision.allowed, true);
    assert.deepEqual(
      decision.exceptions?.map((one) => [one.id, one.approver, one.ticket]),
      [[id, 'sue', 'OPS-7']],
    );
    const [record] = under.audit.read({ type: 'decision', order: 'descending', limit: 1 });
    assert.deepEqual((record?.body.decision as typeof decision | undefined)?.exceptions, decision.exceptions);
    assert.equal(under.service.exceptions.revoke(id, { subject: tom }).state, 'revoked');
    assert.equal((await review(under)).allowed, false);
    const steps = under.audit
      .read({ type: 'exception.' })
      .map(({ type, actor, object }) => [type, actor?.user, object]);
    assert.deepEqual(steps, [
      ['exception.requested', 'tom', id],
      ['exception.approved', 'sue', id],
      ['exception.revoked', 'tom', id],
    ]);
    await under.close();
  });

  it('ends by itself', async () => {
    const clock = { now: new Date() };
    const under = serviceUnderTest({ now: () => clock.now });
    under.service.exceptions.approve(asked(under).id, { subject: approver });
    clock.now = new Date(inDays(6.9));
    assert.equal((await review(under)).allowed, true);
    clock.now = new Date(inDays(7.1));
    assert.equal((await review(under)).allowed, false);
    assert.equal(under.service.exceptions.list()[0]?.state, 'expired');
    await under.close();
  });

  it('is approved by a second person who may, once', async () => {
    const under = serviceUnderTest();
    const { exceptions } = under.service;
    const { id } = asked(under);
    const both = { user: 'tom', groups: [APPROVER_GROUP] };
    assert.throws(
      () => exceptions.approve(id, { subject: both }),
      fault('forbidden', /somebody else has to approve/),
    );
    const ben = { user: 'ben', groups: ['tracegate:enforcers'] };
    assert.throws(
      () => exceptions.approve(id, { subject: ben }),
      fault('forbidden', /needs the group tracegate:approvers/),
    );
    assert.throws(() => exceptions.revoke(id, { subject: ben }), fault('forbidden', /revoked by tom/));
    exceptions.approve(id, { subject: platform });
    assert.throws(() => exceptions.approve(id, { subject: approver }), fault('conflict', /in force already/));
    assert.throws(() => exceptions.approve('ex-none', { subject: approver }), fault('not-found', /ex-none/));
    await under.close();
  });

  it('is asked for by who asks: an approver who names somebody else would be both people', async () => {
    const under = serviceUnderTest();
    const add = (requester: string, subject: typeof tom) =>
      under.service.exceptions.add({ ...wanted(inDays(1)), requester }, { subject });
    for (const [named, subject] of [
      ['tom', approver],
      ['nobody-there', approver],
      ['tom', platform],
      ['ann', tom],
    ] as const)
      assert.throws(() => add(named, subject), fault('forbidden', /cannot be its requester: let them ask/));
    assert.deepEqual(under.service.exceptions.list(), []);
    assert.equal((await review(under)).allowed, false);
    const own = add('sue', approver);
    assert.deepEqual([own.state, own.requester, own.approver], ['requested', 'sue', undefined]);
    assert.throws(() => under.service.exceptions.approve(own.id, { subject: approver }), Fault);
    await under.close();
  });

  // biome-ignore format: a table is read in rows
  const WRONG: [string, object, RegExp][] = [
    ['from a rule that is not there', { rule: 'TPG-114x' }, /no rule TPG-114x: .*TPG-114/],
    ['from a rule that keeps hosts alive', { rule: 'TPG-201' }, /nobody is excepted from TPG-201/],
    ['without an end to come', { expires: inDays(-1) }, /within 366 days/],
    ['for more than a year', { expires: inDays(367) }, /within 366 days/],
    ['whose end cannot be read', { expires: 'soon' }, /within 366 days/],
    ['about nothing', { scope: {}, who: { users: [] } }, /about something/],
  ];
  for (const [what, change, why] of WRONG) {
    it(`${what} cannot be asked for`, async () => {
      const under = serviceUnderTest();
      const add = () => under.service.exceptions.add({ ...wanted(inDays(1)), ...change }, { subject: tom });
      assert.throws(add, fault('bad-request', why));
      assert.deepEqual(under.service.exceptions.list(), []);
      await under.close();
    });
  }

  it('cannot be asked for without end by one person', async () => {
    const under = serviceUnderTest();
    for (let count = 0; count < 100; count++) asked(under);
    assert.throws(() => asked(under), fault('conflict', /100 exceptions waiting/));
    await under.close();
  });

  it('makes the same document another order when it is sent again under it', async () => {
    const under = serviceUnderTest();
    const apply = () => under.service.apply({ door: 'api', subject: tom, intake: taken(watch()) });
    under.service.exceptions.approve(asked(under).id, { subject: approver });
    assert.equal((await apply()).record.revision, 1);
    assert.equal((await apply()).changed, false);
    under.service.exceptions.approve(asked(under).id, { subject: approver });
    const again = await apply();
    assert.deepEqual([again.changed, again.record.revision], [true, 2]);
    await under.close();
  });
});
