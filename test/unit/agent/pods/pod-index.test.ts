// SPDX-License-Identifier: Apache-2.0
/** Pods as the API server shows them → whose a cgroup is, by what the kubelet and runtimes named it after. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { cgroupRoots } from '../../../../src/agent/pods/cgroup-tree.ts';
import { NAMED_WITHIN_MS, Placement } from '../../../../src/agent/pods/placement.ts';
import { PodIndex } from '../../../../src/agent/pods/pod-index.ts';
import { readPod } from '../../../../src/agent/pods/pod-object.ts';
import { containerIdOf, podUidOf } from '../../../../src/kernel/container-id.ts';

const UID = '01234567-89ab-cdef-0123-456789abcdef';
const ID = '0123456789abcdef'.repeat(4);

function known(uid: string, parts: { annotations?: object; status?: object; labels?: object } = {}) {
  const { annotations = {}, status = {}, labels = {} } = parts;
  const pod = readPod({ metadata: { name: 'p', namespace: 'n', uid, annotations, labels }, status });
  assert.ok(pod);
  return pod;
}

const running = (name: string, id: string, image: object = {}) => ({
  ...{ name, containerID: id === '' ? '' : `containerd://${id}`, ...image },
  state: { running: { startedAt: '2026-01-01T00:00:00Z' } },
});

it('reads containers of every kind, and waits for those that have not started', () => {
  const status = {
    containerStatuses: [running('app', ID), running('late', '')],
    initContainerStatuses: [running('init', 'b')],
    ephemeralContainerStatuses: [running('debug', 'c')],
  };
  assert.deepEqual(
    known(UID, { status }).containers.map(({ name, id }) => [name, id]),
    [
      ['app', ID],
      ['init', 'b'],
      ['debug', 'c'],
    ],
  );
  for (const broken of [undefined, null, [], {}, { metadata: { name: 'p', namespace: 'n' } }])
    assert.equal(readPod(broken), undefined);
});

it('takes the repository from the digest, else from what was asked for', () => {
  const repo = (imageID: string, image: string) =>
    known(UID, { status: { containerStatuses: [running('app', ID, { imageID, image })] } }).containers[0]
      ?.repo;
  assert.equal(repo('docker.io/library/nginx@sha256:0', 'nginx:1'), 'docker.io/library/nginx');
  assert.equal(repo('docker-pullable://nginx@sha256:0', 'nginx:1'), 'nginx');
  assert.equal(repo('sha256:0', 'r.example:5000/a/nginx:1'), 'r.example:5000/a/nginx');
  assert.equal(repo('', 'r.example:5000/a/nginx'), 'r.example:5000/a/nginx');
});

it('knows the names of pods’ cgroups by either driver, and nobody else’s', () => {
  const slice = UID.replaceAll('-', '_');
  const digest = '0123456789abcdef'.repeat(2);
  assert.equal(podUidOf(`kubepods-burstable-pod${slice}.slice`), UID);
  assert.equal(podUidOf(`kubelet-kubepods-pod${slice}.slice`), UID);
  assert.equal(podUidOf(`pod${UID}`), UID);
  assert.equal(podUidOf(`kubepods-pod${slice}.slice:cri-containerd:${ID}`), UID);
  assert.equal(podUidOf(`kubepods-pod${digest}.slice`), digest);
  for (const other of [
    `tripod${UID}`,
    `pod${UID}x`,
    'pod1',
    `machine-${UID}.scope`,
    `pod${UID.toUpperCase()}`,
  ])
    assert.equal(podUidOf(other), undefined, other);
  assert.equal(containerIdOf(`kubepods-pod${slice}.slice:cri-containerd:${ID}`), ID);
});

it('finds the hierarchies that are mounted whole', () => {
  const mounts = `25 1 0:22 / /sys/fs/cgroup rw - tmpfs tmpfs rw
30 25 0:26 / /sys/fs/cgroup/unified rw shared:9 - cgroup2 cgroup2 rw
31 25 0:27 /docker/x /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids
32 25 0:28 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu,cpuacct
33 25 0:29 / /run/pids rw - cgroup cgroup rw,pids`;
  assert.deepEqual(cgroupRoots(mounts), [
    { path: '/sys/fs/cgroup/unified', isFirst: false },
    { path: '/run/pids', isFirst: true },
  ]);
  const part = '30 25 0:26 /../.. /sys/fs/cgroup rw shared:9 - cgroup2 cgroup2 rw';
  assert.throws(() => cgroupRoots(part), /which containers run is not seen/, 'not: there are none');
});

it('places a cgroup by the pod’s uid, by the container in a status, and by neither', () => {
  const index = new PodIndex();
  const placement = new Placement(index);
  const place = (found: { podUid?: string; containerId?: string }, nowMs = 0) =>
    placement.of([{ key: 1n, ...found }], nowMs)[0];
  assert.deepEqual(place({ podUid: UID }), { key: 1n, isContainer: false });
  const pod = known(UID, { status: { containerStatuses: [running('app', ID)] } });
  index.put(pod);
  assert.equal(place({ podUid: UID })?.pod, pod);
  assert.equal(place({ podUid: UID, containerId: ID })?.container?.name, 'app');
  assert.equal(place({ containerId: ID })?.pod, pod);
  // what one pod's status says of a container in another's cgroup is not believed
  const other = known(UID.replace('0', '9'));
  index.put(other);
  assert.deepEqual(place({ podUid: other.uid, containerId: ID }), { key: 1n, isContainer: true, pod: other });
});

it('gives names a while, and then takes it that there is none', () => {
  const index = new PodIndex();
  const placement = new Placement(index);
  index.put(known(UID));
  const found = [
    { key: 1n, containerId: ID },
    { key: 2n, podUid: UID, containerId: 'b' },
    { key: 3n, podUid: UID.replace('0', '9') },
  ];
  const said = (nowMs: number) =>
    placement.of(found, nowMs).map(({ pod, container }) => [pod === null ? null : pod?.name, container]);
  assert.deepEqual(said(0), [
    [undefined, undefined],
    ['p', undefined],
    [undefined, undefined],
  ]);
  assert.deepEqual(said(NAMED_WITHIN_MS), [
    [null, undefined],
    ['p', null],
    [undefined, undefined],
  ]);
  placement.of([], NAMED_WITHIN_MS);
  assert.deepEqual(said(NAMED_WITHIN_MS)[0], [undefined, undefined]); // another by that number
});

it('finds a static pod by the digest that its cgroup is named after', () => {
  const index = new PodIndex();
  const digest = '0123456789abcdef'.repeat(2);
  const annotations = { 'kubernetes.io/config.hash': digest, 'kubernetes.io/config.mirror': digest };
  const pod = known(UID, { annotations });
  index.put(pod);
  assert.equal(index.ofCgroup(digest), pod);
  const other = known(`f${UID.slice(1)}`, { annotations });
  index.put(other);
  assert.equal(index.ofCgroup(digest), undefined, 'two that claim it are neither');
  index.replace([pod]);
  for (let n = 0; n < 1100; n++) index.put(known(`${String(n).padStart(8, '0')}${UID.slice(8)}`));
  index.replace([pod]);
  assert.equal(index.ofCgroup(digest), pod);
});

it('lets no pod stand for another by what it says of itself', () => {
  const index = new PodIndex();
  const victim = known(UID);
  index.put(victim);
  for (const hash of [UID, '0123'])
    index.put(
      known(`f${UID.slice(1)}`, {
        annotations: { 'kubernetes.io/config.hash': hash, 'kubernetes.io/config.mirror': hash },
      }),
    );
  assert.equal(index.ofCgroup(UID), victim);
  assert.equal(index.ofCgroup('0123'), undefined);
});

it('keeps deleted pods while their cgroups may still be there, and not for ever', () => {
  const index = new PodIndex();
  const uid = (n: number) => `${String(n).padStart(8, '0')}${UID.slice(8)}`;
  for (let n = 0; n < 1100; n++)
    index.put(known(uid(n), { status: { containerStatuses: [running('a', `${n}`)] } }));
  index.replace([known(uid(1099))]);
  assert.equal(index.size, 1);
  assert.equal(index.ofCgroup(uid(0)), undefined);
  assert.equal(index.ofContainer('0'), undefined);
  assert.equal(index.ofCgroup(uid(1098))?.uid, uid(1098));
  assert.equal(index.ofContainer('1099'), undefined); // its status names it no more
  index.put(known(uid(1098)));
  assert.equal(index.size, 2);
});
