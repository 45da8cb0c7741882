// SPDX-License-Identifier: Apache-2.0
/** Pods and nodes of a real API server reach what an agent tells the kernel, with the shipped role and nothing more. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ClusterNode } from '../../src/agent/pods/cluster-node.ts';
import { Placement } from '../../src/agent/pods/placement.ts';
import { connectCluster } from '../../src/agent/sources/cluster-connection.ts';
import { membership, type SomeWorkloads } from '../../src/model/workloads.ts';
import { until } from '../unit/service/gate-under-test.ts';
import { type ApiServer, kubernetesBinaries, startApiServer } from './api-server.ts';
import { applyRoles, must } from './installation.ts';

const binaries = kubernetesBinaries();
const skip = 'missing' in binaries ? `missing: ${binaries.missing}` : false;
const folder = mkdtempSync(join(tmpdir(), 'tracegate-pods-'));
const ID = '0123456789abcdef'.repeat(4);
const WEB: SomeWorkloads = { pods: [{ key: 'app', operator: 'In', values: ['web'] }] };
const faults: string[] = [];
const seen = { pods: 0, labels: 0 };
let cluster: ApiServer;
let node: ClusterNode;

before(async () => {
  if (!('folder' in binaries)) return;
  cluster = await startApiServer(binaries.folder);
  await applyRoles(cluster);
  for (const name of ['here', 'elsewhere'])
    await create({ apiVersion: 'v1', kind: 'Node', metadata: { name, labels: { pool: 'cpu' } } });
  mkdirSync(folder, { recursive: true });
  const token = await must(cluster, ['create', 'token', 'tracegate-agent', '-n', 'tracegate-system']);
  const kubeconfig = join(folder, 'kubeconfig');
  writeFileSync(kubeconfig, kubeconfigText(token.trim()));
  node = new ClusterNode({
    ...{ name: 'here', connection: await connectCluster(kubeconfig), backoff: { firstMs: 20, maxMs: 200 } },
    onPods: () => void seen.pods++,
    onLabels: () => void seen.labels++,
    onTrouble: (fault) => void faults.push(fault.message),
  });
  node.start();
  await until(() => node.podsKnown && node.labels !== undefined, 'pods and node known');
});

after(async () => {
  await node?.stop();
  await cluster?.stop();
  rmSync(folder, { recursive: true, force: true });
});

function kubeconfigText(token: string): string {
  return JSON.stringify({
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'c' },
    clusters: [{ name: 'c', cluster: { server: cluster.url, 'certificate-authority': cluster.caFile } }],
    users: [{ name: 'u', user: { token } }],
    contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
  });
}

const create = (object: object) => must(cluster, ['create', '-f', '-'], JSON.stringify(object));

/** A pod on a node, as the API server keeps it; its uid. */
async function pod(name: string, nodeName: string, labels: object): Promise<string> {
  const containers = [{ name: 'app', image: 'registry.example/app:1' }];
  const spec = {
    nodeName,
    containers,
    automountServiceAccountToken: false,
    terminationGracePeriodSeconds: 0,
  };
  await create({ apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'default', labels }, spec });
  return must(cluster, ['get', 'pod', name, '-o', 'jsonpath={.metadata.uid}']);
}

/** What a kubelet writes when the container runs. */
const started = (name: string) => {
  const status = {
    ...{ name: 'app', ready: true, restartCount: 0, image: 'registry.example/app:1' },
    ...{ imageID: 'registry.example/app@sha256:0', containerID: `containerd://${ID}` },
  };
  const patch = JSON.stringify({ status: { containerStatuses: [status] } });
  return must(cluster, ['patch', 'pod', name, '--subresource=status', '--type=merge', '-p', patch]);
};

function memberOf(scope: SomeWorkloads, podUid: string, containerId?: string) {
  const found = { key: 1n, podUid, ...(containerId !== undefined && { containerId }) };
  const [placed] = new Placement(node.index).of([found], 0);
  assert.ok(placed);
  return membership(scope, placed);
}

test('a pod of this node is placed by its uid at once, and its container when the status names it', {
  skip,
}, async () => {
  const uid = await pod('web-1', 'here', { app: 'web' });
  await until(() => node.index.ofCgroup(uid) !== undefined, 'the pod');
  assert.equal(memberOf(WEB, uid), 'in');
  const named = { ...WEB, containers: [{ key: 'name', operator: 'In' as const, values: ['app'] }] };
  assert.equal(memberOf(named, uid, ID), 'unknown');
  await started('web-1');
  await until(() => node.index.ofContainer(ID) !== undefined, 'the container');
  assert.equal(memberOf(named, uid, ID), 'in');
  assert.equal(node.index.ofContainer(ID)?.container.repo, 'registry.example/app');
  assert.equal(memberOf({ namespace: 'default' }, uid, ID), 'in');
  assert.equal(memberOf({ namespace: 'team-a' }, uid, ID), 'out');
});

test('labels that change bring a container into and out of scope', { skip }, async () => {
  const uid = node.index.ofContainer(ID)?.pod.uid ?? '';
  const relabel = (value: string) => must(cluster, ['label', '--overwrite', 'pod', 'web-1', `app=${value}`]);
  await relabel('db');
  await until(() => memberOf(WEB, uid, ID) === 'out', 'out of scope');
  await relabel('web');
  await until(() => memberOf(WEB, uid, ID) === 'in', 'in scope again');
});

test('pods of other nodes are not even heard of', { skip }, async () => {
  const [far, near] = [
    await pod('far', 'elsewhere', { app: 'web' }),
    await pod('near', 'here', { app: 'web' }),
  ];
  await until(() => node.index.ofCgroup(near) !== undefined, 'the near one');
  assert.equal(node.index.ofCgroup(far), undefined);
  assert.equal(memberOf(WEB, far), 'unknown');
});

test('a deleted pod is remembered for as long as its cgroup may be there; its name may come back as another', {
  skip,
}, async () => {
  const uid = node.index.ofContainer(ID)?.pod.uid ?? '';
  const pods = node.index.size;
  await must(cluster, ['delete', 'pod', 'web-1', '--force', '--grace-period=0']);
  await until(() => node.index.size === pods - 1, 'deleted');
  assert.equal(memberOf(WEB, uid, ID), 'in');
  const again = await pod('web-1', 'here', { app: 'db' });
  await until(() => node.index.ofCgroup(again) !== undefined, 'the other one');
  assert.deepEqual([memberOf(WEB, uid, ID), memberOf(WEB, again)], ['in', 'out']);
});

test('the labels of the node are followed, and nothing else of it counts as a change', { skip }, async () => {
  assert.equal(node.labels?.pool, 'cpu');
  const before = seen.labels;
  await must(cluster, ['annotate', 'node', 'here', 'x=y']);
  await must(cluster, ['label', '--overwrite', 'node', 'elsewhere', 'pool=far']);
  await must(cluster, ['label', '--overwrite', 'node', 'here', 'pool=gpu']);
  await until(() => node.labels?.pool === 'gpu', 'the label');
  assert.equal(seen.labels, before + 1);
});

test('the shipped role is enough', { skip }, () => {
  assert.deepEqual(faults, []);
});
