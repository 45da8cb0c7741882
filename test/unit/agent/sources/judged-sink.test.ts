// SPDX-License-Identifier: Apache-2.0
/** From stored objects to receipts, over a whole service with the shipped rules. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { JudgedSink } from '../../../../src/agent/sources/judged-sink.ts';
import { OwnedPolicies } from '../../../../src/agent/sources/owned-policies.ts';
import type { Fault } from '../../../../src/errors.ts';
import {
  freshDirectory,
  nobody,
  platform,
  policy,
  serviceUnderTest,
  taken,
  until,
} from '../../service/gate-under-test.ts';

function sinkUnderTest(directory = freshDirectory()) {
  const gate = serviceUnderTest({}, directory);
  const denied: string[] = [];
  const owned = new OwnedPolicies(join(directory, 'owned.json'));
  const onDenied = ({ message }: Fault) => denied.push(message);
  const sink = new JudgedSink({ service: gate.service, owned, onDenied });
  const letIn = (
    document: object,
    operation: 'create' | 'update' | 'delete' = 'create',
    more: { subject?: typeof platform; dryRun?: boolean } = {},
  ) =>
    gate.service.review({
      ...{ door: 'webhook', subject: platform, operation, intake: taken(document) },
      ...more,
    });
  return { ...gate, sink, denied, letIn };
}

const at = (key: string, uid = 'u1', resourceVersion = '1') => ({ key, uid, resourceVersion });

test('what the webhook let in is judged again as the one it let in, stored, and reaches the agent with a receipt', async () => {
  const { service, agent, sink, letIn, close } = sinkUnderTest();
  service.start();
  const document = policy('a', { action: 'Sigkill' });
  await letIn(document);
  await sink.put(document, at('a'));
  await until(() => agent.orders.length === 1, 'ordered');
  const [decision] = service.decisions({ limit: 1, policy: 'a' });
  assert.equal(decision?.decision.door, 'agent');
  assert.equal(decision?.decision.subject.user, 'ada');
  assert.equal(agent.orders[0]?.receipt.body.decisionId, decision?.decision.id);
  assert.match(
    String(service.history('a')[0]?.reason),
    /stored in the cluster \(uid u1, resourceVersion 1\)/,
  );
  await close();
});

test('what no webhook let in is denied by the rules on who may do what, and never reaches the agent', async () => {
  const { service, agent, sink, letIn, denied, close } = sinkUnderTest();
  service.start();
  const document = policy('a', { action: 'Sigkill' });
  await letIn(policy('a', { action: 'Sigkill' }, '/another'));
  await letIn(document, 'create', { subject: nobody });
  await letIn(document, 'create', { dryRun: true });
  await letIn(document, 'delete');
  await sink.put(document, at('a'));
  assert.equal(denied.length, 1);
  assert.match(denied[0] ?? '', /^denied by TPG-/);
  assert.equal(service.find('a'), undefined);
  await new Promise((resolve) => setTimeout(resolve, 60));
  assert.equal(agent.orders.length, 0);
  await close();
});

test('an update that is denied leaves its predecessor stored', async () => {
  const { service, sink, letIn, denied, close } = sinkUnderTest();
  await letIn(policy('a'));
  await sink.put(policy('a'), at('a'));
  await sink.put(policy('a', { action: 'Sigkill' }), at('a', 'u1', '2'));
  assert.equal(denied.length, 1);
  assert.equal(service.get('a').digest, taken(policy('a')).digest);
  await close();
});

test('the same document again is no change and no decision', async () => {
  const { service, sink, letIn, close } = sinkUnderTest();
  await letIn(policy('a'));
  await sink.put(policy('a'), at('a'));
  const before = service.decisions({ limit: 100 }).length;
  await sink.put(policy('a'), at('a', 'u1', '2'));
  assert.equal(service.decisions({ limit: 100 }).length, before);
  assert.equal(service.get('a').revision, 1);
  await close();
});

test('a deletion the webhook let through retires the policy', async () => {
  const { service, agent, sink, letIn, close } = sinkUnderTest();
  service.start();
  await letIn(policy('a'));
  await sink.put(policy('a'), at('a'));
  await until(() => agent.shown.has('a'), 'loaded');
  await letIn(policy('a'), 'delete');
  await sink.remove(at('a'));
  assert.equal(service.find('a'), undefined);
  await until(() => agent.retired.includes('a'), 'retired');
  await close();
});

test('a deletion that nobody may have asked for leaves it in force, and says so', async () => {
  const { service, sink, letIn, denied, close } = sinkUnderTest();
  await letIn(policy('a'));
  await sink.put(policy('a'), at('a'));
  await sink.remove(at('a'));
  assert.equal(denied.length, 1);
  assert.equal(service.get('a').revision, 1);
  await letIn(policy('a'), 'delete');
  await sink.listed('TracingPolicy', new Set());
  assert.equal(service.find('a'), undefined, 'the next list brings it up again');
  await close();
});

test('what was deleted in the cluster while the gate was away is retired; what came another way stays', async () => {
  const first = sinkUnderTest();
  await first.letIn(policy('a'));
  await first.sink.put(policy('a'), at('a'));
  await first.service.apply({ door: 'api', subject: platform, intake: taken(policy('mine')) });
  await first.letIn(policy('a'), 'delete');
  await first.close();
  const second = sinkUnderTest(first.directory);
  await second.sink.listed('TracingPolicyNamespaced', new Set());
  assert.ok(second.service.find('a'), 'the list of the other kind says nothing about it');
  await second.sink.listed('TracingPolicy', new Set());
  assert.equal(second.service.find('a'), undefined);
  assert.ok(second.service.find('mine'));
  await second.close();
});

test('a policy that was sent to the gate itself is not taken over, unless it is the same', async () => {
  const { service, sink, letIn, close } = sinkUnderTest();
  await service.apply({ door: 'api', subject: platform, intake: taken(policy('a')) });
  await letIn(policy('a', undefined, '/other'));
  await assert.rejects(
    sink.put(policy('a', undefined, '/other'), at('a')),
    /also sent to this gate directly/,
  );
  await sink.remove(at('a'));
  assert.ok(service.find('a'));
  await sink.put(policy('a'), at('a'));
  await letIn(policy('a'), 'delete');
  await sink.remove(at('a'));
  assert.equal(service.find('a'), undefined);
  await close();
});

test('a document the runtime does not know is denied with what is wrong, not retried', async () => {
  const { service, sink, denied, close } = sinkUnderTest();
  await sink.put(
    {
      ...policy('a'),
      spec: {
        kprobes: [{ call: 'sys_dup', selectors: [{ matchActions: [{ action: 'GetUrl', argUrl: 'x' }] }] }],
      },
    },
    at('a'),
  );
  assert.match(denied[0] ?? '', /not a valid TracingPolicy/);
  assert.equal(service.find('a'), undefined);
  await close();
});

test('a trouble that passes is thrown, so that it is tried again', async () => {
  const { sink, letIn, service, close } = sinkUnderTest();
  await letIn(policy('a'));
  const real = service.apply.bind(service);
  service.apply = () => Promise.reject(new Error('the disk is full'));
  await assert.rejects(sink.put(policy('a'), at('a')), /disk is full/);
  service.apply = real;
  await sink.put(policy('a'), at('a'));
  assert.ok(service.find('a'));
  await close();
});

test('a list of owned policies that cannot be understood stops the start', () => {
  const file = join(freshDirectory(), 'owned.json');
  for (const text of ['{}', '[1]', 'no JSON', '']) {
    writeFileSync(file, text);
    assert.throws(() => new OwnedPolicies(file), /owned\.json/);
  }
});
