// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Fault } from '../../../src/errors.ts';
import { platform, policy, serviceUnderTest, taken, until } from './gate-under-test.ts';

const asPlatform = { door: 'api', subject: platform } as const;

test('what the kernel does not take is accepted, not loaded, and its predecessor stays in force', async () => {
  const { service, agent, close } = serviceUnderTest();
  service.start();
  await service.apply({ ...asPlatform, intake: taken(policy('a')) });
  await until(() => service.status('a').state === 'loaded', 'loaded');
  agent.refuses.set('a', 'the verifier says no');
  const { decision } = await service.apply({ ...asPlatform, intake: taken(policy('a', undefined, '/x')) });
  assert.equal(decision.allowed, true);
  await until(() => service.status('a').state === 'refused', 'refused');
  const [host] = service.status('a').hosts;
  assert.match(host?.reason ?? '', /the verifier says no; revision 1 is in force there, not 2/);
  const sent = agent.orders.length;
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.equal(agent.orders.length, sent, 'a refusal is not asked for again and again');
  await close();
});

test('an agent that comes back gets what it lacks', async () => {
  const { service, agent, close } = serviceUnderTest();
  service.start();
  await service.apply({ ...asPlatform, intake: taken(policy('a')) });
  await until(() => service.status('a').state === 'loaded', 'loaded');
  agent.away = true;
  await service.apply({ ...asPlatform, intake: taken(policy('b')) });
  await new Promise((resolve) => setTimeout(resolve, 60));
  assert.equal(service.status('b').state, 'pending');
  assert.match(service.status('a').hosts[0]?.reason ?? '', /away/);
  agent.shown.clear();
  agent.away = false;
  await until(() => agent.shown.has('a') && agent.shown.has('b'), 'both again');
  await close();
});

test('a gate that starts anew sends what the host lacks, and retires what was deleted meanwhile', async () => {
  const first = serviceUnderTest();
  await first.service.apply({ ...asPlatform, intake: taken(policy('a')) });
  await first.service.apply({ ...asPlatform, intake: taken(policy('b')) });
  await first.service.retire({ ...asPlatform, key: 'b' });
  assert.equal(first.agent.orders.length, 0, 'it was never started');
  await first.close();
  const second = serviceUnderTest({}, first.directory);
  second.service.start();
  await until(() => second.agent.shown.has('a'), 'sent');
  await until(() => second.agent.retired.includes('b'), 'retired');
  await second.close();
});

test('an order the agent will not take at all becomes status and a record', async () => {
  const { service, agent, audit, close } = serviceUnderTest();
  agent.apply = () => Promise.reject(new Fault('forbidden', 'the rules of this host deny it'));
  service.start();
  await service.apply({ ...asPlatform, intake: taken(policy('a')) });
  await until(() => service.status('a').state === 'refused', 'refused');
  assert.match(String(audit.read({ type: 'load.failed' })[0]?.body.message), /the rules of this host/);
  await close();
});

test('a host that shows another document under the same revision is sent the right one', async () => {
  const { service, agent, close } = serviceUnderTest();
  service.start();
  await service.apply({ ...asPlatform, intake: taken(policy('a')) });
  await until(() => agent.orders.length === 1, 'sent');
  const shown = agent.shown.get('a') ?? assert.fail();
  agent.shown.set('a', { ...shown, digest: 'sha256:other' });
  await until(() => agent.orders.length === 2, 'sent again');
  await close();
});

test('an agent whose log was set back is reported, and the evidence kept', async () => {
  const { service, agent, audit, close } = serviceUnderTest();
  service.start();
  await until(() => audit.read({ type: 'audit.witnessed' }).length > 0, 'witnessed');
  const old = await agent.auditHead();
  await service.apply({ ...asPlatform, intake: taken(policy('a')) });
  await until(() => audit.read({ type: 'audit.witnessed' }).length > 1, 'witnessed again');
  agent.witness = async () => ({ ...old, size: 1 });
  await service.apply({ ...asPlatform, intake: taken(policy('b')) });
  await until(() => service.troubles().some(({ name }) => name === 'audit-witness'), 'reported');
  assert.equal(audit.read({ type: 'audit.contradiction' }).length > 0, true);
  await close();
});
