// SPDX-License-Identifier: Apache-2.0
/** Policies for certain nodes and pods, as an agent takes them: they wait, are for other nodes, come and go. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Agent } from '../../../src/agent/agent.ts';
import type { PolicyDocument } from '../../../src/model/document.ts';
import type { Labels } from '../../../src/model/labels.ts';
import { factsOf } from '../plan/host-facts.ts';
import { agentUnderTest, document, FakeRuntime } from './fake-runtime.ts';

function onNode() {
  const node: { labels: Labels | undefined; podsKnown: boolean } = { labels: undefined, podsKnown: false };
  const under = agentUnderTest({ node });
  under.runtime.facts = () => ({ ...factsOf(under.runtime.kernel), node: { name: 'n' } });
  const calls = () => under.runtime.calls.splice(0);
  const stateOf = async () => (await under.agent.status())[0]?.state;
  return { ...under, node, calls, stateOf };
}

const withSpec = (more: object) => {
  const made = document() as unknown as PolicyDocument;
  return { ...made, spec: { ...made.spec, ...more } };
};
const GPU = withSpec({ nodeSelector: { matchLabels: { pool: 'gpu' } } });
const PODS = withSpec({ podSelector: { matchLabels: { app: 'web' } } });

it('waits for what is not known of the node, and loads when it is', async () => {
  const { agent, order, node, calls } = onNode();
  const status = await agent.apply(order(GPU));
  assert.deepEqual([status.state, status.reason], ['pending', 'the labels of this node are not known yet']);
  assert.deepEqual(calls(), []);
  node.labels = { pool: 'gpu' };
  agent.nodeChanged();
  assert.deepEqual(calls(), ['load a 1 enforce']);
  assert.equal((await agent.status())[0]?.state, 'loaded');
  agent.nodeChanged();
  assert.deepEqual(calls(), []);
});

it('comes and goes with the labels of the node', async () => {
  const { agent, order, node, calls, stateOf } = onNode();
  node.labels = { pool: 'cpu' };
  const status = await agent.apply(order(GPU));
  assert.deepEqual([status.state, status.revision], ['skipped', 1]);
  node.labels = { pool: 'gpu' };
  agent.nodeChanged();
  assert.deepEqual([calls(), await stateOf()], [['load a 1 enforce'], 'loaded']);
  node.labels = {};
  agent.nodeChanged();
  assert.deepEqual([calls(), await stateOf()], [['unload a'], 'skipped']);
});

it('waits for the pods of the node; its predecessor stays in force', async () => {
  const { agent, order, node, calls } = onNode();
  await agent.apply(order(document()));
  const status = await agent.apply(order(PODS, { revision: 2 }));
  assert.match(
    status.reason ?? '',
    /revision 2: which pods run on this node is not known yet; revision 1 stays/,
  );
  assert.deepEqual([status.state, calls()], ['pending', ['load a 1 enforce']]);
  node.podsKnown = true;
  agent.nodeChanged();
  assert.deepEqual(calls(), ['load a 2 enforce']);
});

it('forgets what was disabled or deleted', async () => {
  const { agent, order, receipt, node, calls } = onNode();
  node.labels = { pool: 'cpu' };
  await agent.apply(order(GPU));
  await agent.apply(order(GPU, { revision: 2, enabled: false }));
  node.labels = { pool: 'gpu' };
  agent.nodeChanged();
  assert.deepEqual(calls(), []);
  await agent.apply(order(GPU, { revision: 3 }));
  const { digest } = (await agent.status())[0] ?? { digest: '' };
  await agent.retire('a', receipt({ operation: 'delete', revision: 4, digest }));
  calls();
  agent.nodeChanged();
  assert.deepEqual(calls(), []);
});

it('takes out what an earlier agent loaded, where the labels fit no more', async () => {
  const { agent, runtime, order, node, calls, restarted } = onNode();
  node.labels = { pool: 'gpu' };
  await agent.apply(order(GPU));
  const [loaded] = runtime.policies();
  assert.ok(loaded);
  loaded.nodes = [{ key: 'pool', operator: 'In', values: ['gpu'] }];
  const after: Agent = restarted();
  calls();
  after.nodeChanged();
  assert.deepEqual(calls(), []);
  node.labels = {};
  after.nodeChanged();
  assert.deepEqual(calls(), ['unload a']);
  assert.equal((await after.status())[0]?.state, 'pending', 'so that the gate orders it again');
});

it('refuses them where no cluster is followed', async () => {
  const { agent, order } = agentUnderTest();
  for (const one of [GPU, PODS]) {
    const { state, reason } = await agent.apply(order(one));
    assert.deepEqual([state, /follows no cluster/.test(reason ?? '')], ['refused', true]);
  }
  assert.ok(new FakeRuntime().facts().node === undefined);
});
