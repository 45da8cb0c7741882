// SPDX-License-Identifier: Apache-2.0
/** What a real API server stored reaches an agent: webhook, storage, list and watch, judgement, order with a receipt. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ClusterConnection, connectCluster } from '../../src/agent/sources/cluster-connection.ts';
import { KubernetesSource } from '../../src/agent/sources/kubernetes.ts';
import type { PolicySink } from '../../src/agent/sources/policy-sink.ts';
import { followCluster } from '../../src/launch/cluster-source.ts';
import { silentLog } from '../../src/telemetry/log.ts';
import { configFor, runningGate } from '../api/running-gate.ts';
import { RecordingSink } from '../unit/agent/sources/small-api-server.ts';
import { policy, until } from '../unit/service/gate-under-test.ts';
import { type ApiServer, kubernetesBinaries, startApiServer } from './api-server.ts';
import { install, must } from './installation.ts';
import { type TcpProxy, tcpProxy } from './tcp-proxy.ts';

const binaries = kubernetesBinaries();
const skip = 'missing' in binaries ? `missing: ${binaries.missing}` : false;
const { gate, ca, agent, stateDir } = await runningGate();
const folder = mkdtempSync(join(tmpdir(), 'tracegate-source-'));
const kubeconfig = join(folder, 'kubeconfig');
let cluster: ApiServer;
let wire: TcpProxy;
let following: KubernetesSource | undefined;

before(async () => {
  if (!('folder' in binaries)) return;
  cluster = await startApiServer(binaries.folder);
  await install(cluster, { url: gate.url, ca });
  wire = await tcpProxy(Number(new URL(cluster.url).port));
  const token = await must(cluster, ['create', 'token', 'tracegate-agent', '-n', 'tracegate-system']);
  writeFileSync(kubeconfig, kubeconfigText(`https://127.0.0.1:${wire.port}`, token.trim()));
});

after(async () => {
  await following?.stop();
  wire?.close();
  await cluster?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** The shipped role of the agent is all it has. */
function kubeconfigText(server: string, token: string): string {
  return JSON.stringify({
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'c' },
    clusters: [{ name: 'c', cluster: { server, 'certificate-authority': cluster.caFile } }],
    users: [{ name: 'u', user: { token } }],
    contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
  });
}

const apply = (document: object) => must(cluster, ['apply', '-f', '-'], JSON.stringify(document));
const remove = (name: string) => must(cluster, ['delete', 'tracingpolicy', name]);
const namespaced = (name: string) => ({
  ...policy(name),
  kind: 'TracingPolicyNamespaced',
  metadata: { name, namespace: 'default' },
});

/** A source with a sink that writes down what it gets; what is stored already is taken as read. */
async function recorded(t: TestContext, connection: ClusterConnection): Promise<RecordingSink> {
  const sink = new RecordingSink();
  const source = new KubernetesSource({
    ...{ connection, sink: sink satisfies PolicySink, backoff: { firstMs: 20, maxMs: 200 } },
  });
  t.after(() => source.stop());
  source.start();
  await until(() => source.hasSynced, 'synced');
  sink.calls.length = 0;
  return sink;
}

const names = (sink: RecordingSink) => sink.calls.map((call) => call.split(' ').slice(0, 2).join(' '));

test('what kubectl creates, changes and deletes is seen: exactly that, both kinds', { skip }, async (t) => {
  const sink = await recorded(t, await connectCluster(kubeconfig));
  await apply(policy('seen'));
  await until(() => sink.calls.length === 1, 'created');
  await apply(policy('seen', undefined, '/changed'));
  await until(() => sink.calls.length === 2, 'changed');
  await apply(namespaced('seen'));
  await until(() => sink.calls.length === 3, 'created in a namespace');
  await remove('seen');
  await until(() => sink.calls.length === 4, 'deleted');
  await must(cluster, ['delete', 'tracingpoliciesnamespaced', 'seen']);
  await until(() => sink.calls.length === 5, 'deleted in a namespace');
  await sleep(200);
  assert.deepEqual(names(sink), [
    'put seen',
    'put seen',
    'put default/seen',
    'remove seen',
    'remove default/seen',
  ]);
});

test('a wire that is cut: it goes on where it was, without loss or doubling', { skip }, async (t) => {
  await apply(policy('before'));
  const sink = await recorded(t, await connectCluster(kubeconfig));
  wire.cut();
  await apply(policy('during'));
  await apply(policy('short'));
  await remove('short');
  await remove('before');
  await apply(policy('before', undefined, '/again'));
  await sleep(300);
  assert.deepEqual(sink.calls, []);
  wire.mend();
  await until(() => sink.calls.length >= 3, 'caught up');
  await sleep(300);
  const seen = names(sink).filter((call) => !call.endsWith(' short'));
  assert.deepEqual(seen.sort(), ['put before', 'put during', 'remove before']);
  for (const name of ['before', 'during']) await remove(name);
});

test('a version that the server no longer has: it lists anew and misses nothing', { skip }, async (t) => {
  const real = await connectCluster(kubeconfig);
  const answers: (number | undefined)[] = [];
  let stale = false;
  const aged: ClusterConnection = {
    async get(path, signal) {
      const old = stale && path.includes('watch=1') && path.includes('/tracingpolicies?');
      const response = await real.get(
        old ? path.replace(/resourceVersion=\d+/, 'resourceVersion=1') : path,
        signal,
      );
      if (old) {
        stale = false;
        answers.push(response.statusCode);
      }
      return response;
    },
  };
  await apply(policy('stays'));
  await apply(policy('goes'));
  const sink = await recorded(t, aged);
  stale = true;
  wire.cut();
  await remove('goes');
  await apply(policy('comes'));
  wire.mend();
  await until(() => sink.calls.some((call) => call.startsWith('listed')), 'listed anew');
  await sleep(200);
  assert.equal(answers.length, 1);
  const seen = names(sink).filter((call) => !call.startsWith('listed'));
  assert.deepEqual(seen.sort(), ['put comes', 'remove goes']);
  for (const name of ['stays', 'comes']) await remove(name);
});

test('what was stored reaches the agent as an order with a receipt, in the name of who stored it', {
  skip,
}, async () => {
  const config = configFor(stateDir, { 'kubernetes.source': 'on', 'kubernetes.kubeconfig': kubeconfig });
  await apply(policy('stored', { action: 'Sigkill' }));
  following = await followCluster(config, gate.service, silentLog);
  await until(() => agent.shown.get('stored')?.state === 'loaded', 'loaded');
  const [decision] = gate.service.decisions({ limit: 1, policy: 'stored' });
  assert.deepEqual([decision?.decision.door, decision?.decision.subject.user], ['agent', 'admin']);
  await apply(policy('stored', { action: 'Override', argError: -1 }));
  await until(() => agent.shown.get('stored')?.revision === 2, 'updated');
  await apply(namespaced('tenant'));
  await until(() => agent.shown.has('default/tenant'), 'namespaced');
  await remove('stored');
  await until(() => agent.retired.includes('stored'), 'retired');
  assert.deepEqual(
    agent.orders.map(({ key, revision }) => `${key} ${revision}`),
    ['stored 1', 'stored 2', 'default/tenant 1'],
  );
});

test('what got into the storage past the webhook is denied, and no agent hears of it', { skip }, async () => {
  await must(cluster, ['delete', 'validatingwebhookconfiguration', 'tracegate']);
  for (let tries = 0; ; tries += 1) {
    const { code } = await cluster.kubectl(['create', '-f', '-'], {
      user: 'alice',
      input: JSON.stringify(policy(`smuggled-${tries}`, { action: 'Sigkill' })),
    });
    if (code === 0) break; // the API server no longer asks
    assert.ok(tries < 100, 'the webhook was asked for too long');
    await sleep(100);
  }
  const denied = () =>
    gate.service
      .decisions({ limit: 10 })
      .some(({ decision: d }) => d.door === 'agent' && d.policy.name.startsWith('smuggled') && !d.allowed);
  await until(denied, 'denied');
  await sleep(100);
  assert.equal(
    agent.orders.some(({ key }) => key.startsWith('smuggled')),
    false,
  );
});

test('a kubeconfig that cannot be used is told in words', async () => {
  await assert.rejects(connectCluster(join(folder, 'none')), /the kubeconfig .*none/);
  const open = join(folder, 'open');
  writeFileSync(open, kubeconfigTextOf('http://127.0.0.1:1'));
  await assert.rejects(connectCluster(open), /credentials are not sent in the clear/);
  await assert.rejects(connectCluster(), /no pod with a service account/);
});

function kubeconfigTextOf(server: string): string {
  return JSON.stringify({
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'c', users: [{ name: 'u', user: {} }] },
    ...{
      clusters: [{ name: 'c', cluster: { server } }],
      contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
    },
  });
}
