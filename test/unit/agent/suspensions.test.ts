// SPDX-License-Identifier: Apache-2.0
/** Suspensions as the agent keeps them: against a kernel that is only said; what a real one does is for test/product. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Suspender } from '../../../src/model/suspension.ts';
import { type AgentUnderTest, agentUnderTest, document, NOW } from './fake-runtime.ts';

const by: Suspender = { user: 'ada', groups: ['tracegate:platform'], door: 'api' };
const reason = 'nobody can log in';

/** The agent's log of suspensions, shortened: type, and how an end came. */
const told = ({ audit }: AgentUnderTest) =>
  audit.read({ type: 'suspension.' }).map(({ type, body }) => [type, body.how].filter(Boolean).join(': '));

function later(under: AgentUnderTest, seconds: number): void {
  under.clock.now = new Date(NOW.getTime() + seconds * 1000);
}

async function withPolicy(): Promise<AgentUnderTest> {
  const under = agentUnderTest();
  await under.agent.apply(under.order(document()));
  under.runtime.calls.length = 0;
  return under;
}

describe('a suspension of the whole host', () => {
  it('is written down before and after, shows on every policy, and ends when resumed', async () => {
    const under = await withPolicy();
    const made = await under.agent.suspend({ forSeconds: 1800, reason, by });
    assert.equal(made.until, '2026-01-01T12:30:00.000Z');
    assert.deepEqual(under.runtime.calls, ['suspend all 1800000']);
    const [status] = await under.agent.status();
    assert.equal(status?.state, 'suspended');
    assert.equal(status?.revision, 1, 'it stays loaded');
    assert.match(status?.reason ?? '', /suspended by ada until 2026-01-01T12:30:00.000Z: nobody can log in/);
    const ended = await under.agent.resume({ by, reason: 'mended' });
    assert.equal(ended.id, made.id);
    assert.equal((await under.agent.status())[0]?.state, 'loaded');
    assert.deepEqual(told(under), [
      'suspension.intent',
      'suspension.begun',
      'suspension.ending: resumed',
      'suspension.ended: resumed',
    ]);
    const [begun, end] = ['suspension.begun', 'suspension.ended'].map(
      (type) => under.audit.read({ type })[0],
    );
    assert.equal(begun?.actor?.user, 'ada');
    assert.deepEqual([end?.actor?.user, end?.body.reason], ['ada', 'mended']);
  });

  it('that was set for a time is over then, which is written down', async () => {
    const under = await withPolicy();
    await under.agent.suspend({ forSeconds: 60, reason, by });
    later(under, 59);
    under.agent.suspensions.look();
    assert.equal((await under.agent.listSuspensions()).length, 1);
    later(under, 60);
    assert.deepEqual(await under.agent.listSuspensions(), [], 'over to the second');
    under.agent.suspensions.look();
    under.agent.suspensions.look();
    assert.deepEqual(told(under).slice(2), ['suspension.ended: its time is over']);
    assert.equal(under.runtime.kernelHost.suspended, false);
  });

  it('is over when the kernel says so, whatever the clock on the wall does', async () => {
    const under = await withPolicy();
    await under.agent.suspend({ forSeconds: 60, reason, by });
    under.runtime.kernelHost.leftMs = -1;
    later(under, -3600);
    under.agent.suspensions.look();
    assert.equal(told(under).at(-1), 'suspension.ended: its time is over');
  });

  it('outlives the agent, and a reboot too, for the time that is left', async () => {
    const under = await withPolicy();
    const made = await under.agent.suspend({ forSeconds: 600, reason, by });
    assert.equal((await under.restarted().listSuspensions())[0]?.id, made.id);
    assert.equal(told(under).length, 2, 'a restart alone is no news');
    under.runtime.kernelHost = { suspended: false, untilNs: '0', unloaded: false, fresh: true };
    later(under, 200);
    const booted = under.restarted();
    assert.equal(under.runtime.calls.at(-1), 'suspend all 400000');
    assert.equal((await booted.listSuspensions())[0]?.id, made.id);
    assert.equal((await booted.listSuspensions())[0]?.until, made.until);
    assert.equal(under.runtime.kernelHost.fresh, false, 'what was suspended is put back once');
    under.restarted();
    assert.equal(told(under).filter((type) => type === 'suspension.found').length, 0);
  });

  it('is over even when the log takes no record, and is written down when it does again', async () => {
    const under = await withPolicy();
    await under.agent.suspend({ policy: 'a', forSeconds: 60, reason, by });
    later(under, 60);
    const append = under.audit.append.bind(under.audit);
    under.audit.append = () => {
      throw new Error('no space left');
    };
    assert.throws(() => under.agent.suspensions.look(), /no space left/);
    assert.equal(under.runtime.calls.at(-1), 'resume a');
    await assert.rejects(under.agent.suspend({ reason, by }), /no space left/);
    assert.equal(under.runtime.kernelHost.suspended, false, 'nothing is suspended unwritten');
    under.audit.append = append;
    under.agent.suspensions.look();
    assert.equal(told(under).at(-1), 'suspension.ended: its time is over');
  });

  it('that ended while no agent ran is written down by the next one', async () => {
    const under = await withPolicy();
    await under.agent.suspend({ forSeconds: 60, reason, by });
    later(under, 3600);
    assert.deepEqual(await under.restarted().listSuspensions(), []);
    assert.equal(told(under).at(-1), 'suspension.ended: its time is over');
  });

  it('can be made longer; the last word counts', async () => {
    const under = await withPolicy();
    await under.agent.suspend({ forSeconds: 60, reason, by });
    await under.agent.suspend({ forSeconds: 600, reason: 'still looking', by });
    later(under, 61);
    under.agent.suspensions.look();
    assert.deepEqual(
      (await under.agent.listSuspensions()).map((one) => one.reason),
      ['still looking'],
    );
  });

  it('that nobody made cannot be ended', async () => {
    const under = await withPolicy();
    await assert.rejects(under.agent.resume({ by }), /the host as a whole is not suspended .*: nothing is/);
    await under.agent.suspend({ policy: 'a', reason, by });
    await assert.rejects(under.agent.resume({ by }), /suspended are: a/);
  });
});

describe('a suspension of one policy', () => {
  it('lets it alone watch, also when it is loaded anew, and act again afterwards', async () => {
    const under = await withPolicy();
    await under.agent.suspend({ policy: 'a', forSeconds: 60, reason, by });
    await under.agent.apply(under.order(document('/etc/shadow'), { revision: 2 }));
    assert.deepEqual(under.runtime.calls, ['suspend a', 'load a 2 enforce suspended']);
    const [status] = await under.agent.status();
    assert.deepEqual([status?.state, status?.revision, status?.effectiveMode], ['suspended', 2, 'enforce']);
    later(under, 60);
    under.agent.suspensions.look();
    assert.equal(under.runtime.calls.at(-1), 'resume a');
    assert.equal((await under.agent.status())[0]?.state, 'loaded');
  });

  it('that no log knows of, its agent having died over it, is ended by the next one', async () => {
    const under = await withPolicy();
    under.runtime.suspendPolicy('a', true);
    assert.equal((await under.restarted().status())[0]?.state, 'loaded');
    assert.deepEqual(under.runtime.calls, ['suspend a', 'resume a']);
  });

  it('needs a policy that is there, and goes with it', async () => {
    const under = await withPolicy();
    await assert.rejects(under.agent.suspend({ policy: 'b', reason, by }), /no policy b is loaded/);
    assert.deepEqual(told(under), []);
    await under.agent.suspend({ policy: 'a', reason, by });
    await under.agent.retire('a', under.receipt({ operation: 'delete', revision: 2 }));
    assert.deepEqual(await under.agent.listSuspensions(), []);
    assert.equal(told(under).at(-1), 'suspension.ended: its policy is gone');
  });
});

describe('what was done past the agent', () => {
  it('is found: a suspension, its end in time, and a resumption', async () => {
    const under = await withPolicy();
    under.runtime.kernelHost = {
      suspended: true,
      untilNs: '77',
      leftMs: 5000,
      unloaded: false,
      fresh: false,
    };
    under.agent.suspensions.look();
    const [found] = await under.agent.listSuspensions();
    assert.deepEqual([found?.by.door, found?.until], ['host', '2026-01-01T12:00:05.000Z']);
    under.agent.suspensions.look();
    under.runtime.kernelHost = { suspended: false, untilNs: '0', unloaded: false, fresh: false };
    under.agent.suspensions.look();
    assert.deepEqual(told(under), [
      'suspension.found',
      'suspension.ended: ended on the host, past the agent',
    ]);
  });

  it('takes the place of what the agent itself had set', async () => {
    const under = await withPolicy();
    await under.agent.suspend({ forSeconds: 60, reason, by });
    under.runtime.kernelHost = { suspended: true, untilNs: '99', unloaded: false, fresh: false };
    under.agent.suspensions.look();
    later(under, 61);
    under.agent.suspensions.look();
    const [left] = await under.agent.listSuspensions();
    assert.match(left?.reason ?? '', /tracegate-off/);
  });

  it('also when everything was taken out: nothing is loaded until it is resumed', async () => {
    const under = await withPolicy();
    under.runtime.takeOut();
    const next = under.restarted();
    const found = under.audit.read({ type: 'suspension.found' })[0];
    assert.deepEqual(found?.body.dropped, ['a']);
    const held = await next.apply(under.order(document()));
    assert.deepEqual([held.state, held.revision], ['suspended', 0]);
    assert.match(held.reason ?? '', /taken out of the kernel/);
    assert.deepEqual(under.runtime.calls, []);
    await next.resume({ by });
    assert.deepEqual(await next.status(), [], 'the gate orders it again');
    assert.equal((await next.apply(under.order(document()))).state, 'loaded');
  });

  it('while an agent runs, which takes out the rest too and loads nothing more', async () => {
    const under = await withPolicy();
    under.runtime.takeOut();
    under.runtime.forgetUnpinned = () => []; // pinned just now, after tracegate-off had looked
    under.agent.suspensions.look();
    assert.deepEqual(under.runtime.calls, ['unload a']);
    assert.equal((await under.agent.apply(under.order(document()))).state, 'suspended');
    assert.deepEqual(under.runtime.calls, ['unload a']);
  });

  it('and stays so after a reboot', async () => {
    const under = await withPolicy();
    under.runtime.takeOut();
    under.restarted();
    under.runtime.kernelHost = { suspended: false, untilNs: '0', unloaded: false, fresh: true };
    const booted = under.restarted();
    assert.deepEqual(under.runtime.calls, ['mark unloaded', 'suspend all for good']);
    assert.equal((await booted.apply(under.order(document()))).state, 'suspended');
  });
});
