// SPDX-License-Identifier: Apache-2.0
/** A policy that is in force by an exception, when the exception ends or is revoked. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AtEnd } from '../../../src/agent/lapses.ts';
import { eachOf, type Taken } from '../../../src/agent/orders-in-force.ts';
import { APPROVER_GROUP } from '../../../src/model/approval.ts';
import { policy, taken, until } from '../service/gate-under-test.ts';
import { type GateAndAgent, gateAndAgent } from './gate-and-agent.ts';

const deployer = { user: 'ci', groups: ['tracegate:deployers', 'tracegate:platform'] };
const approver = { user: 'sue', groups: [APPROVER_GROUP] };
const HOUR_MS = 3_600_000;

/** Kills whoever is not in a list: TPG-203, which watching does not break. */
const byException = (name = 'links') => {
  const made = policy(name, { action: 'Sigkill' }) as { spec: { kprobes: { selectors: object[] }[] } };
  const [hook] = made.spec.kprobes;
  if (hook)
    hook.selectors = [
      {
        matchBinaries: [{ operator: 'NotIn', values: ['/usr/bin/ln'] }],
        matchActions: [{ action: 'Sigkill' }],
      },
    ];
  return made;
};

function excepted(under: GateAndAgent, forMs: number, rule = 'TPG-203'): string {
  const expires = new Date(under.clock.now.getTime() + forMs).toISOString();
  const wanted = { rule, scope: { policies: ['links'] }, ticket: 'OPS-7', reason: 'linker', expires };
  const { id } = under.service.exceptions.add(wanted, { subject: deployer });
  under.service.exceptions.approve(id, { subject: approver });
  return id;
}

async function inForce(atEnd?: AtEnd): Promise<{ under: GateAndAgent; id: string }> {
  const under = gateAndAgent('baseline', {}, atEnd);
  const id = excepted(under, HOUR_MS);
  await under.service.apply({ door: 'api', subject: deployer, intake: taken(byException()) });
  under.service.start();
  await under.settled('links', 'loaded');
  assert.equal(under.service.status('links').effectiveMode, 'enforce');
  return { under, id };
}

const later = (under: GateAndAgent, ms: number) => {
  under.clock.now = new Date(under.clock.now.getTime() + ms);
};
const lapses = (under: GateAndAgent) => under.agentAudit.read({ type: 'exception.lapsed' });

describe('an exception that ends', () => {
  it('leaves the policy that stood on it watching, and says so wherever one looks', async () => {
    const { under, id } = await inForce();
    under.agent.lookForLapses();
    assert.equal(lapses(under).length, 0, 'it holds');
    later(under, HOUR_MS + 1);
    under.agent.lookForLapses();
    under.agent.lookForLapses();
    assert.deepEqual(under.runtime.calls, ['load links 1 enforce', 'mode links monitor']);
    const [record, ...more] = lapses(under);
    assert.deepEqual(
      [more, record?.body.becomes, record?.body.exceptions, record?.body.rules],
      [[], 'monitor', [id], ['TPG-203']],
    );
    await until(() => under.service.status('links').effectiveMode === 'monitor', 'the gate knows');
    const { hosts, state, mode } = under.service.status('links');
    assert.deepEqual([state, mode], ['loaded', 'enforce']);
    assert.match(hosts[0]?.reason ?? '', new RegExp(`${id} ended at .*TPG-203 denies this: it only watches`));
    const record1 = under.service.get('links');
    assert.deepEqual(
      under.service.exceptions.behind(record1).map((one) => [one.id, one.state]),
      [[id, 'expired']],
    );
    await under.close();
  });

  it('takes it out where the host is told so', async () => {
    const { under } = await inForce('unload');
    later(under, HOUR_MS);
    under.agent.lookForLapses();
    assert.deepEqual(under.runtime.calls, ['load links 1 enforce', 'unload links']);
    await until(() => under.service.status('links').state === 'refused', 'the gate knows');
    assert.match(under.service.status('links').hosts[0]?.reason ?? '', /it is taken out/);
    await under.close();
  });

  it('counts on a host whose gate is away and whose agent was started anew', async () => {
    for (const atEnd of ['monitor', 'unload'] as const) {
      const { under } = await inForce(atEnd);
      await under.service.stop();
      const again = under.restarted();
      again.lookForLapses();
      assert.equal(under.runtime.loaded.get('links')?.mode, 'enforce');
      later(under, HOUR_MS);
      again.lookForLapses();
      assert.equal(under.runtime.loaded.get('links')?.mode, atEnd === 'monitor' ? 'monitor' : undefined);
      assert.equal(lapses(under).length, 1);
      const third = under.restarted();
      third.lookForLapses();
      assert.equal(lapses(under).length, 1, 'said once');
      const [status] = await third.status();
      if (atEnd === 'monitor') assert.match(status?.reason ?? '', /only watches/);
      under.agentAudit.close();
    }
  });
});

describe('an exception that is revoked', () => {
  it('ends for what it let in, at once, and ends once', async () => {
    const { under, id } = await inForce();
    later(under, 1000);
    under.service.exceptions.revoke(id, { subject: approver });
    await until(() => under.service.status('links').effectiveMode === 'monitor', 'it only watches');
    assert.match(under.service.status('links').hosts[0]?.reason ?? '', new RegExp(`${id} ended at`));
    assert.equal(lapses(under).length, 1);
    const { length } = under.runtime.calls;
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.equal(under.runtime.calls.length, length, 'nothing is ordered again and again');
    await under.close();
  });

  it('is made up for by another: what is submitted anew acts again', async () => {
    const { under, id } = await inForce();
    later(under, 1000);
    under.service.exceptions.revoke(id, { subject: approver });
    await until(() => under.service.status('links').effectiveMode === 'monitor', 'it only watches');
    excepted(under, HOUR_MS);
    const alter = { key: 'links', door: 'api', subject: deployer, reason: 'excepted again' } as const;
    await under.service.alter({ ...alter, mode: 'monitor' });
    await under.service.alter({ ...alter, mode: 'enforce' });
    await until(() => under.service.status('links').effectiveMode === 'enforce', 'it acts');
    assert.equal(under.service.status('links').hosts[0]?.reason, undefined);
    await under.close();
  });
});

it('what cannot be judged keeps nobody from looking at the rest', () => {
  const looked: string[] = [];
  const orders = ['a', 'b', 'c'].map((key) => ({ order: { key } }) as Taken);
  const look = ({ order: { key } }: Taken) => {
    looked.push(key);
    if (key === 'a') throw new Error('a cannot be judged');
  };
  assert.throws(() => eachOf(orders, look), /a cannot be judged/);
  assert.deepEqual(looked, ['a', 'b', 'c']);
});

it('what stands on no exception is not judged again', async () => {
  const under = gateAndAgent('baseline');
  await under.service.apply({
    ...{ door: 'api', subject: deployer },
    intake: taken(policy('plain', { action: 'Post' })),
  });
  under.service.start();
  await under.settled('plain', 'loaded');
  later(under, 100 * HOUR_MS);
  under.agent.lookForLapses();
  assert.deepEqual(under.runtime.calls, ['load plain 1 enforce']);
  await under.close();
});
