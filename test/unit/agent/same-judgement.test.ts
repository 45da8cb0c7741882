// SPDX-License-Identifier: Apache-2.0
/** The agent asks its rules what the gate asked: for the same subject, operation and door, under the same exceptions. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PolicyOrder } from '../../../src/model/agent-port.ts';
import { APPROVER_GROUP } from '../../../src/model/approval.ts';
import type { Operation } from '../../../src/model/decision.ts';
import type { JudgedFor } from '../../../src/model/receipt.ts';
import { policy, taken, until } from '../service/gate-under-test.ts';
import { agentUnderTest, document } from './fake-runtime.ts';
import { type GateAndAgent, gateAndAgent } from './gate-and-agent.ts';

const deployer = { user: 'ci', groups: ['tracegate:deployers', 'tracegate:platform'] };
const approver = { user: 'sue', groups: [APPROVER_GROUP] };
const ANNOTATIONS = {
  'tracegate.io/owner': 'sre',
  'tracegate.io/reason': 'links',
  'tracegate.io/ticket': 'OPS-7',
};

const owned = (name: string, path?: string) => {
  const plain = policy(name, { action: 'Post' }, path);
  return { ...plain, metadata: { name, annotations: ANNOTATIONS } };
};
const byDeployer = { door: 'api', subject: deployer } as const;

/** Kills whoever is not in a list: TPG-203, which can be excepted from. */
const byException = () => {
  const made = policy('links', { action: 'Sigkill' }) as { spec: { kprobes: { selectors: object[] }[] } };
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

function excepted(under: GateAndAgent, forMs: number): string {
  const expires = new Date(under.clock.now.getTime() + forMs).toISOString();
  const wanted = {
    rule: 'TPG-203',
    scope: { policies: ['links'] },
    ticket: 'OPS-7',
    reason: 'linker',
    expires,
  };
  const { id } = under.service.exceptions.add(wanted, { subject: deployer });
  under.service.exceptions.approve(id, { subject: approver });
  return id;
}

describe('a policy that the gate allowed', () => {
  it('in the strict profile really loads: its deployer asks, and not the agent', async () => {
    const under = gateAndAgent('strict');
    under.service.start();
    await under.service.apply({ ...byDeployer, intake: taken(owned('a')) });
    await under.settled('a', 'loaded');
    await under.service.apply({ ...byDeployer, intake: taken(owned('a', '/etc/shadow')) });
    await until(() => under.runtime.loaded.get('a')?.revision === 2, 'the update');
    assert.deepEqual(under.runtime.calls, ['load a 1 monitor', 'load a 2 monitor']);
    await under.close();
  });

  it('by an exception loads by it, and not any more when it has ended or was revoked', async () => {
    for (const how of ['holds', 'ended', 'revoked']) {
      const under = gateAndAgent('baseline');
      const id = excepted(under, 60_000);
      const { decision } = await under.service.apply({ ...byDeployer, intake: taken(byException()) });
      assert.equal(decision.exceptions?.[0]?.id, id);
      if (how === 'ended') under.clock.now = new Date(under.clock.now.getTime() + 61_000);
      if (how === 'revoked') under.service.exceptions.revoke(id, { subject: approver });
      under.service.start();
      await under.settled('links', how === 'holds' ? 'loaded' : 'refused');
      const [status] = await under.agent.status();
      if (how !== 'holds') assert.match(status?.reason ?? '', /^TPG-203: /, how);
      await under.close();
    }
  });
});

describe('a receipt that says for whom it was judged', () => {
  const judged: JudgedFor = {
    subject: { user: 'tom', groups: [] },
    door: 'api',
    time: '2026-01-01T11:59:00Z',
  };
  const updating = (parts: Partial<PolicyOrder>, oldDigest: string) => {
    const under = agentUnderTest();
    const order = under.order(document(), parts, {
      operation: 'update' as Operation,
      judged: { ...judged, oldDigest },
    });
    return under.agent.apply(order);
  };
  const before = document('/etc/hosts');

  it('of an update needs the document that was replaced', async () => {
    const { digest } = taken(before);
    const refused = await updating({}, digest);
    assert.match(refused.reason ?? '', /does not bring the document that this one replaced/);
    const other = await updating({ old: document('/etc/group') as never }, digest);
    assert.equal(other.state, 'refused');
    assert.equal((await updating({ old: before as never }, digest)).state, 'loaded');
  });

  it('cannot be changed on the way', async () => {
    const under = agentUnderTest();
    const order = under.order(document(), {}, { judged });
    order.receipt.body.judged = { ...judged, subject: { user: 'tom', groups: ['tracegate:platform'] } };
    await assert.rejects(under.agent.apply(order), /not signed/);
  });
});
