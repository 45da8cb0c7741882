// SPDX-License-Identifier: Apache-2.0
/** The agent between its receipts and the kernel; what the kernel itself does is for test/kernel. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { milderMode } from '../../../src/agent/own-judgement.ts';
import { ReceiptCheck } from '../../../src/agent/receipt-check.ts';
import { type AgentUnderTest, agentUnderTest, document, HOST } from './fake-runtime.ts';

const types = ({ audit }: AgentUnderTest) => audit.read({ after: 0 }).map((record) => record.type);
const last = ({ audit }: AgentUnderTest) => audit.read({ order: 'descending', limit: 1 })[0];

describe('an order with a good receipt', () => {
  it('is loaded, the intent written before and the result after', async () => {
    const under = agentUnderTest();
    const status = await under.agent.apply(under.order(document()));
    assert.deepEqual([status.state, status.revision, status.effectiveMode], ['loaded', 1, 'enforce']);
    assert.deepEqual(under.runtime.calls, ['load a 1 enforce']);
    assert.deepEqual(types(under), ['load.intent', 'load.done']);
    assert.equal(last(under)?.body.digest, status.digest);
  });

  it('that is in force already loads nothing again; a new revision of it is only noted', async () => {
    const under = agentUnderTest();
    await under.agent.apply(under.order(document()));
    await under.agent.apply(under.order(document()));
    const status = await under.agent.apply(under.order(document(), { revision: 2 }));
    assert.deepEqual(under.runtime.calls, ['load a 1 enforce', 'mode a enforce']);
    assert.equal(status.revision, 2);
  });

  it('runs in the milder of the two modes', async () => {
    assert.deepEqual(
      [milderMode(undefined, 'enforce'), milderMode('enforce', 'monitor'), milderMode('monitor', 'enforce')],
      ['enforce', 'monitor', 'monitor'],
    );
    const under = agentUnderTest();
    const status = await under.agent.apply(under.order(document(), { mode: 'monitor' }));
    assert.deepEqual([status.effectiveMode, under.runtime.calls], ['monitor', ['load a 1 monitor']]);
  });
});

describe('an order that is not covered', () => {
  const good = () => {
    const under = agentUnderTest();
    return { under, order: under.order(document()) };
  };
  // biome-ignore format: a table is read in rows
  const TABLE: [string, (under: AgentUnderTest) => ReturnType<AgentUnderTest['order']>, RegExp][] = [
    ['by any receipt', (u) => ({ ...u.order(document()), receipt: undefined as never }), /no receipt of an allowed decision/],
    ['by a receipt of another gate', (u) => u.order(document(), { receipt: agentUnderTest().order(document()).receipt }), /not signed by the gate this agent trusts/],
    ['for another document', (u) => ({ ...u.order(document()), document: u.order(document('/x')).document }), /for another document/],
    ['for another policy', (u) => u.order(document(), {}, { key: 'b' }), /for b, not for a/],
    ['for another revision', (u) => u.order(document(), {}, { revision: 2 }), /for revision 2, not 1/],
    ['for a deletion', (u) => u.order(document(), {}, { operation: 'delete' }), /allows to delete/],
    ['for another host', (u) => u.order(document(), {}, { host: 'node-2' }), /for the host node-2/],
    ['any more: it expired', (u) => u.order(document(), {}, { expires: '2026-01-01T11:59:59Z' }), /expired/],
    ['yet: it is of the future', (u) => u.order(document(), {}, { issued: '2026-01-01T13:00:00Z' }), /in the future/],
    ['with a receipt that was changed', (u) => { const order = u.order(document()); order.receipt.body.expires = '2099-01-01T00:00:00Z'; return order; }, /not signed/],
    ['by something else than a receipt', (u) => u.order(document(), { receipt: 'trust me' as never }), /not signed/],
  ];
  for (const [what, make, why] of TABLE) {
    it(`${what}: is refused, written down, and loads nothing`, async () => {
      const under = agentUnderTest();
      await assert.rejects(under.agent.apply(make(under)), (thrown: Error & { code?: string }) => {
        assert.equal(thrown.code, 'forbidden');
        assert.match(thrown.message, why);
        return true;
      });
      assert.deepEqual(under.runtime.calls, []);
      assert.equal(last(under)?.type, 'order.refused');
      assert.match(String(last(under)?.body.reason), why);
    });
  }

  it('a receipt for this host by its name does cover it', async () => {
    const { under } = good();
    await under.agent.apply(under.order(document(), {}, { host: HOST }));
    assert.equal(under.runtime.calls.length, 1);
  });

  it('without the key of the gate, nothing is', () => {
    const { order } = good();
    const check = new ReceiptCheck('/no/such/key', HOST);
    const expected = { key: 'a', digest: '', revision: 1, operations: ['create'] as const };
    assert.throws(() => check.demand(order.receipt, expected), /public key \/no\/such\/key cannot be read/);
  });

  it('an older revision than this host has had is refused, also after a restart and after a deletion', async () => {
    const under = agentUnderTest();
    await under.agent.apply(under.order(document(), { revision: 5 }));
    const older = under.order(document('/x'), { revision: 4 });
    await assert.rejects(under.agent.apply(older), /revision 4 is older than 5/);
    assert.equal(last(under)?.type, 'order.refused');
    await assert.rejects(under.restarted().apply(older), /revision 4 is older than 5/);
    const { digest } = (await under.agent.status())[0] ?? assert.fail();
    await under.agent.retire('a', under.receipt({ operation: 'delete', revision: 6, digest }));
    const again = under.order(document(), { revision: 5 });
    await assert.rejects(under.agent.apply(again), /older than 6/);
    await assert.rejects(under.restarted().apply(again), /older than 6/);
  });

  it('a document that is none is refused before anything else', async () => {
    const under = agentUnderTest();
    const broken = { ...document(), spec: { nonsense: 1 } };
    await assert.rejects(under.agent.apply(under.order(broken)), /not a valid policy/);
    assert.deepEqual(under.runtime.calls, []);
  });

  it('a document under another name than its order is refused', async () => {
    const under = agentUnderTest();
    await assert.rejects(under.agent.apply(under.order(document(), { key: 'other' })), /other/);
    assert.deepEqual(under.runtime.calls, []);
  });
});

describe('what the host will not load', () => {
  it('by its kernel: the reason is its status, the predecessor stays in force', async () => {
    const under = agentUnderTest();
    await under.agent.apply(under.order(document()));
    under.runtime.says = 'the verifier says no';
    const status = await under.agent.apply(under.order(document('/x'), { revision: 2 }));
    assert.deepEqual([status.state, status.revision], ['refused', 1]);
    assert.equal(status.reason, 'revision 2: the verifier says no; revision 1 stays in force');
    assert.deepEqual(last(under)?.type, 'load.refused');
    assert.equal(last(under)?.body.inForce, 1);
    under.runtime.says = undefined;
    const healed = await under.agent.apply(under.order(document('/y'), { revision: 3 }));
    assert.deepEqual([healed.state, healed.revision, healed.reason], ['loaded', 3, undefined]);
  });

  it('by its rules: the kernel is not even asked', async () => {
    const under = agentUnderTest();
    under.rules.deny = 'not on this host';
    const status = await under.agent.apply(under.order(document()));
    assert.deepEqual([status.state, status.reason], ['refused', 'ORG-1: not on this host']);
    assert.deepEqual(under.runtime.calls, []);
    assert.deepEqual(types(under), ['load.intent', 'load.refused']);
  });

  it('by its plan: the hook says what is missing', async () => {
    const under = agentUnderTest();
    under.runtime.kernel = { has: [] };
    const status = await under.agent.apply(under.order(document()));
    assert.equal(status.state, 'refused');
    assert.match(status.reason ?? '', /^sys_symlinkat: h has no raw_tracepoint/);
    assert.deepEqual(
      status.hooks.map((h) => h.state),
      ['refused'],
    );
    assert.deepEqual(under.runtime.calls, []);
  });

  it('rules that could not judge are no permission', async () => {
    const under = agentUnderTest();
    Object.defineProperty(under.rules, 'deny', {
      get: () => {
        throw new Error('the bundle is broken');
      },
    });
    await assert.rejects(under.agent.apply(under.order(document())), /the bundle is broken/);
    assert.deepEqual(under.runtime.calls, []);
  });
});

describe('a policy that is disabled', () => {
  it('is unloaded and shown as disabled, and enabled again by its order', async () => {
    const under = agentUnderTest();
    await under.agent.apply(under.order(document()));
    const off = await under.agent.apply(under.order(document(), { revision: 2, enabled: false }));
    assert.deepEqual([off.state, under.runtime.loaded.size], ['disabled', 0]);
    assert.deepEqual(types(under).slice(-2), ['unload.intent', 'unload.done']);
    const on = await under.agent.apply(under.order(document(), { revision: 3 }));
    assert.deepEqual([on.state, on.revision], ['loaded', 3]);
  });

  it('is shown with the revision and the document it was disabled at, so that nobody orders it again and again', async () => {
    const under = agentUnderTest();
    const order = under.order(document(), { revision: 2, enabled: false });
    const off = await under.agent.apply(order);
    assert.deepEqual([off.state, off.revision, off.digest], ['disabled', 2, order.receipt.body.digest]);
  });
});

describe('a deletion', () => {
  it('needs a receipt of its own, and unloads', async () => {
    const under = agentUnderTest();
    const order = under.order(document());
    await under.agent.apply(order);
    const { digest } = order.receipt.body;
    await assert.rejects(under.agent.retire('a', order.receipt), /allows to create/);
    await assert.rejects(
      under.agent.retire('a', under.receipt({ operation: 'delete', key: 'b', digest })),
      /for b/,
    );
    await assert.rejects(under.agent.retire('a', undefined as never), /no receipt/);
    assert.equal(under.runtime.loaded.size, 1);
    await under.agent.retire('a', under.receipt({ operation: 'delete', revision: 2, digest }));
    assert.deepEqual([under.runtime.loaded.size, await under.agent.status()], [0, []]);
    assert.deepEqual(types(under).slice(-2), ['retire.intent', 'retire.done']);
  });

  it('older than what is in force is refused', async () => {
    const under = agentUnderTest();
    await under.agent.apply(under.order(document(), { revision: 5 }));
    const { digest } = (await under.agent.status())[0] ?? assert.fail();
    await assert.rejects(
      under.agent.retire('a', under.receipt({ operation: 'delete', revision: 4, digest })),
      /revision 4 is older/,
    );
    assert.equal(under.runtime.loaded.size, 1);
  });

  it('of something that is not loaded is done all the same', async () => {
    const under = agentUnderTest();
    await under.agent.retire('a', under.receipt({ operation: 'delete', digest: 'sha256:x' }));
    assert.deepEqual(types(under), ['retire.intent', 'retire.done']);
  });
});

describe('the status', () => {
  it('says of each hook which selectors would have acted', async () => {
    const under = agentUnderTest();
    await under.agent.apply(under.order(document()));
    const [before] = await under.agent.status();
    assert.equal(before?.hooks[0]?.wouldHave, undefined);
    under.runtime.wouldHaveOf = [[{ selector: 1, count: 4 }]];
    const [status] = await under.agent.status();
    assert.deepEqual(status?.hooks[0]?.wouldHave, [{ selector: 1, count: 4 }]);
  });

  it('says when the kill budget is empty, and counts', async () => {
    const under = agentUnderTest();
    await under.agent.apply(under.order(document()));
    under.runtime.exhausted = true;
    const [status] = await under.agent.status();
    assert.deepEqual([status?.budgetExhausted, status?.counters.posted], [true, 1]);
  });
});

describe('what an earlier version loaded', () => {
  it('stays in force and is pending until the gate orders it again, and is then loaded anew', async () => {
    const under = agentUnderTest();
    await under.agent.apply(under.order(document()));
    const agent = under.restarted();
    under.runtime.outdated.add('a');
    const [status] = await agent.status();
    assert.deepEqual([status?.state, status?.revision], ['pending', 1]);
    assert.match(
      status?.reason ?? '',
      /an agent of another version, or with other bounds, loaded what is in force/,
    );
    assert.equal((await agent.apply(under.order(document()))).state, 'loaded');
    assert.deepEqual(under.runtime.calls, ['load a 1 enforce', 'load a 1 enforce']);
  });

  it('stays in force where the kernel does not take it anew', async () => {
    const under = agentUnderTest();
    await under.agent.apply(under.order(document()));
    under.runtime.outdated.add('a');
    under.runtime.says = 'no room';
    const status = await under.agent.apply(under.order(document()));
    assert.equal(status.state, 'refused');
    assert.match(status.reason ?? '', /no room; revision 1 stays in force.*an agent of another version/);
  });
});

describe('what was changed in the kernel past the agent', () => {
  const gone = { kind: 'link-gone' as const, key: 'a', what: 'link-0-1-0' };

  it('is loaded anew at once, written down before and after', async () => {
    const under = agentUnderTest();
    await under.agent.apply(under.order(document()));
    under.runtime.drifts = [gone];
    under.agent.lookForDrift();
    assert.deepEqual(under.runtime.calls, ['load a 1 enforce', 'load a 1 enforce']);
    assert.deepEqual(types(under).slice(2), ['drift.found', 'load.intent', 'load.done', 'drift.repaired']);
    under.agent.lookForDrift();
    assert.equal(under.runtime.calls.length, 2);
  });

  it('is shown as pending until the gate orders it again, when an agent before this one had loaded it', async () => {
    const under = agentUnderTest();
    await under.agent.apply(under.order(document()));
    const agent = under.restarted();
    under.runtime.drifts = [gone];
    agent.lookForDrift();
    agent.lookForDrift();
    const [status] = await agent.status();
    assert.equal(status?.state, 'pending');
    assert.match(status?.reason ?? '', /taken out of the kernel past the agent: link-0-1-0/);
    assert.equal(types(under).filter((type) => type === 'drift.found').length, 1);
    assert.equal((await agent.apply(under.order(document()))).state, 'loaded');
    assert.deepEqual(under.runtime.calls, ['load a 1 enforce', 'load a 1 enforce']);
  });

  it('is the predecessor in force that is loaded anew, not the revision that was refused', async () => {
    const under = agentUnderTest();
    await under.agent.apply(under.order(document()));
    under.runtime.says = 'no room';
    await under.agent.apply(under.order(document('/etc/group'), { revision: 2 }));
    under.runtime.says = undefined;
    under.runtime.drifts = [gone];
    under.agent.lookForDrift();
    assert.equal(under.runtime.calls.at(-1), 'load a 1 enforce');
    const [status] = await under.agent.status();
    assert.deepEqual([status?.state, status?.revision], ['refused', 1]);
    assert.match(status?.reason ?? '', /revision 2: no room; revision 1 stays in force/);
  });

  it('and cannot be loaded any more is refused with the reason of the kernel, once', async () => {
    const under = agentUnderTest();
    await under.agent.apply(under.order(document()));
    under.runtime.drifts = [gone];
    under.runtime.says = 'no room';
    under.agent.lookForDrift();
    under.agent.lookForDrift();
    const [status] = await under.agent.status();
    assert.deepEqual([status?.state, under.runtime.calls.length], ['refused', 2]);
    assert.match(status?.reason ?? '', /no room/);
  });

  it('is only written down where the runtime has put it right', () => {
    const under = agentUnderTest();
    under.runtime.drifts = [
      { kind: 'unknown-link', what: 'link-9-9-9' },
      { kind: 'control-changed', key: 'a', what: 'mode off' },
    ];
    under.agent.lookForDrift();
    assert.deepEqual(under.runtime.calls, []);
    const found = under.audit.read({ type: 'drift.found' });
    assert.deepEqual(
      found.map(({ object, body }) => [object, body.kind, body.repaired]),
      [
        [undefined, 'unknown-link', true],
        ['a', 'control-changed', true],
      ],
    );
  });
});
