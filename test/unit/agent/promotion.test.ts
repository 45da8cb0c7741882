// SPDX-License-Identifier: Apache-2.0
/** From watching to acting: soak, what it would have done, a second person; asked at the gate and again on the host. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Fault } from '../../../src/errors.ts';
import { openRuleset } from '../../../src/guardrails/index.ts';
import { APPROVER_GROUP } from '../../../src/model/approval.ts';
import type { Decision } from '../../../src/model/decision.ts';
import { policy, taken, until } from '../service/gate-under-test.ts';
import { type GateAndAgent, gateAndAgent } from './gate-and-agent.ts';

const deployer = { user: 'ci', groups: ['tracegate:deployers', 'tracegate:platform'] };
const approver = { user: 'sue', groups: [APPROVER_GROUP] };
const byDeployer = { door: 'api', subject: deployer } as const;
const ANNOTATIONS = {
  ...{ 'tracegate.io/owner': 'sre', 'tracegate.io/reason': 'links', 'tracegate.io/ticket': 'OPS-7' },
  'tracegate.io/max-kills-per-minute': '10',
};
const enforcing = (path?: string) =>
  taken({
    ...policy('links', { action: 'Override', argError: -1 }, path),
    metadata: { name: 'links', annotations: ANNOTATIONS },
  });

function strict(): GateAndAgent {
  const ruleset = openRuleset({ profile: 'strict', data: { limits: { soakMinutes: 60, wouldHave: 3 } } });
  return gateAndAgent('strict', { gate: ruleset, agent: ruleset });
}

const minutesLater = ({ clock }: GateAndAgent, minutes: number) => {
  clock.now = new Date(clock.now.getTime() + minutes * 60_000);
};

const alter = ({ service }: GateAndAgent, change: { mode?: 'enforce' | 'monitor'; enabled?: boolean }) =>
  service.alter({ ...byDeployer, key: 'links', ...change });

/** The rules that keep it from enforcing. */
async function denials(change: Promise<unknown>): Promise<string[]> {
  try {
    await change;
    return [];
  } catch (thrown) {
    const { findings } = (thrown as Fault).details.decision as Decision;
    return findings
      .filter(({ severity }) => severity === 'deny')
      .map(({ rule, message }) => `${rule}: ${message}`);
  }
}

const approve = ({ service }: GateAndAgent, subject = approver, digest = enforcing().digest) =>
  service.approvals.give({ key: 'links', digest }, { subject });
const forbidden = (thrown: unknown) => thrown instanceof Fault && thrown.code === 'forbidden';

async function watching(): Promise<GateAndAgent> {
  const under = strict();
  under.service.start();
  const { record } = await under.service.apply({ ...byDeployer, intake: enforcing() });
  assert.equal(record.mode, 'monitor', 'in strict everything begins by watching');
  await under.settled('links', 'loaded');
  return under;
}

describe('an enforcing policy in the strict profile', () => {
  it('watches first, is promoted when all that is asked for is there, and loads as what it is', async () => {
    const under = await watching();
    const early = await denials(alter(under, { mode: 'enforce' }));
    assert.deepEqual(early.map((text) => text.slice(0, 7)).sort(), ['TPG-216', 'TPG-802']);
    assert.ok(
      early.some((text) => text.endsWith('it has watched for 0 of the 60 minutes that are asked for')),
    );
    minutesLater(under, 60);
    assert.deepEqual(
      (await denials(alter(under, { mode: 'enforce' }))).map((text) => text.slice(0, 7)),
      ['TPG-802'],
    );
    approve(under);
    const { decision } = await alter(under, { mode: 'enforce' });
    assert.equal(decision.effectiveMode, 'enforce');
    await until(() => under.runtime.loaded.get('links')?.mode === 'enforce', 'enforced on the host');
    assert.deepEqual(
      under.audit.read({ type: 'policy.approved' }).map(({ actor }) => actor?.user),
      ['sue'],
    );
    const [used] = under.audit.read({ type: 'policy.approval-used' });
    assert.equal(used?.body.decisionId, decision.id);
    await under.close();
  });

  it('uses an approval up: off and on again needs none, back to watching and on needs another', async () => {
    const under = await watching();
    minutesLater(under, 60);
    approve(under);
    await alter(under, { mode: 'enforce' });
    await alter(under, { enabled: false });
    await alter(under, { enabled: true });
    await until(() => under.runtime.loaded.get('links')?.revision === 4, 'loaded again');
    await alter(under, { mode: 'monitor' });
    minutesLater(under, 60);
    const again = await denials(alter(under, { mode: 'enforce' }));
    assert.deepEqual(
      again.map((text) => text.slice(0, 7)),
      ['TPG-802'],
    );
    await under.close();
  });

  it('is not promoted by an approval of its author, of another text, or of long ago', async () => {
    const under = await watching();
    minutesLater(under, 60);
    assert.throws(() => approve(under, deployer), forbidden);
    assert.throws(() => approve(under, { user: 'tom', groups: ['developers'] }), forbidden);
    approve(under, approver, enforcing('/etc/shadow').digest);
    assert.equal((await denials(alter(under, { mode: 'enforce' }))).length, 1);
    approve(under);
    minutesLater(under, 7 * 24 * 60);
    assert.equal((await denials(alter(under, { mode: 'enforce' }))).length, 1);
    assert.throws(
      () => under.service.approvals.give({ key: 'none', digest: 'sha256:00' }, { subject: approver }),
      /there is no policy none/,
    );
    await under.close();
  });

  it('begins to watch anew when what it does is changed', async () => {
    const under = await watching();
    minutesLater(under, 60);
    await under.service.apply({ ...byDeployer, intake: enforcing('/etc/shadow') });
    approve(under, approver, enforcing('/etc/shadow').digest);
    const told = await denials(alter(under, { mode: 'enforce' }));
    assert.deepEqual(
      told.map((text) => text.slice(0, 38)),
      ['TPG-216: it has watched for 0 of the 6'],
    );
    await under.close();
  });

  it('that would have acted too often goes on watching', async () => {
    const under = await watching();
    minutesLater(under, 60);
    approve(under);
    const counters = under.runtime.counters();
    under.runtime.counters = () => ({ ...counters, wouldHave: 4 });
    await until(() => under.service.status('links').hosts[0]?.counters.wouldHave === 4, 'the count');
    const told = await denials(alter(under, { mode: 'enforce' }));
    assert.deepEqual(told, ['TPG-216: it would have acted 4 times while it watched, and 3 are let pass']);
    await under.close();
  });
});
