// SPDX-License-Identifier: Apache-2.0
/** Policies on certain pods and containers: cgroups as the kubelet and runtimes name them, told to the kernel as an agent does. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { cgroupRoots, cgroupsBelow } from '../../src/agent/pods/cgroup-tree.ts';
import { NAMED_WITHIN_MS, Placement } from '../../src/agent/pods/placement.ts';
import { PodIndex } from '../../src/agent/pods/pod-index.ts';
import { readPod } from '../../src/agent/pods/pod-object.ts';
import { makePlan } from '../../src/plan/make-plan.ts';
import type { HookPlan } from '../../src/plan/plan.ts';
import { symbolsOf } from '../../src/plan/symbols.ts';
import { cgroup, inside, removeCgroups, succeeds } from './cgroups.ts';
import { type Bench, normalOf, openBench, PLACE, run } from './runtime-fixture.ts';

const SECRET = join(PLACE, 'pods-secret');
const [WEB, DB, OTHER, NEW, LATE] = [1, 2, 3, 4, 5].map((n) => `0123456${n}-89ab-cdef-0123-456789abcdef`) as [
  string,
  string,
  string,
  string,
  string,
];
const id = (n: number) => `${n}`.repeat(64);

/** Of a pod, as the kubelet names it with the driver for systemd; and a container's in it, as containerd does. */
const slice = (uid: string) =>
  `kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${uid.replaceAll('-', '_')}.slice`;
const container = (uid: string, n: number) => `${slice(uid)}/cri-containerd-${id(n)}.scope`;
/** With the other driver. */
const plain = (uid: string, n: number) => `kubepods/besteffort/pod${uid}/${id(n)}`;

/** By the shell itself: another program takes an emulated machine a while to start. */
const reads = (path: string) => succeeds(path, `true < ${SECRET}`);

function pod(
  uid: string,
  name: string,
  namespace: string,
  labels: object,
  containers: Record<string, number> = {},
) {
  const statuses = Object.entries(containers).map(([called, n]) => ({
    name: called,
    containerID: `containerd://${id(n)}`,
    image: `registry.example/${called}:1`,
    imageID: `registry.example/${called}@sha256:0`,
  }));
  const object = { metadata: { uid, name, namespace, labels }, status: { containerStatuses: statuses } };
  const known = readPod(object);
  assert.ok(known);
  return known;
}

let bench: Bench;
const index = new PodIndex();
const placement = new Placement(index);
let nowMs = 0;

/** As the agent does it when pods change or a cgroup is made. */
const tell = () => bench.runtime.cgroups.tell(placement.of(cgroupsBelow(cgroupRoots()), nowMs));

function load(spec: object, namespace?: string): HookPlan[] {
  const kind = namespace === undefined ? 'TracingPolicy' : 'TracingPolicyNamespaced';
  const metadata = { name: 'pods', ...(namespace !== undefined && { namespace }) };
  const normal = normalOf(JSON.stringify({ apiVersion: 'cilium.io/v1alpha1', kind, metadata, spec }));
  const facts = { ...bench.runtime.facts(symbolsOf(normal)), node: { name: 'lab' } };
  const plan = makePlan(normal, facts);
  assert.deepEqual(
    plan.hooks.map((h) => h.refused),
    plan.hooks.map(() => undefined),
  );
  bench.runtime.load({ plan, key: 'pods', revision: 1, decisionId: 'd', mode: 'enforce' });
  bench.taken('pods');
  return plan.hooks;
}

const opening = (...selectors: object[]) => {
  const file = { index: 0, operator: 'Equal', values: [SECRET] };
  return {
    lsmhooks: [
      {
        hook: 'file_open',
        args: [{ index: 0, type: 'file' }],
        selectors: selectors.map((selector) => ({ matchArgs: [file], ...selector })),
      },
    ],
  };
};
const DENIES = { matchActions: [{ action: 'Override', argError: -1 }] };
const host = () => cgroup('system.slice/ssh.service');

/** What was done to somebody, and what not. */
const ended = () =>
  bench.taken('pods').map(({ tracegate = {} }) => {
    const { unplaced, spared, would_have, denied, killed } = tracegate;
    return JSON.parse(JSON.stringify({ unplaced, spared, would_have, denied, killed }));
  });

describe('a policy on certain pods', () => {
  before(() => {
    bench = openBench();
    writeFileSync(SECRET, 'x');
    index.replace([
      pod(WEB, 'web-1', 'team-a', { app: 'web' }, { app: 1, side: 2 }),
      pod(DB, 'db-1', 'team-a', { app: 'db' }, { app: 3 }),
      pod(OTHER, 'web-2', 'team-b', { app: 'web' }, { app: 4 }),
    ]);
    for (const path of [container(WEB, 1), container(WEB, 2), plain(DB, 3), container(OTHER, 4)])
      cgroup(path);
    tell();
  });
  after(() => {
    bench.close();
    removeCgroups();
  });

  const denied = () =>
    Object.entries({
      web: container(WEB, 1),
      side: container(WEB, 2),
      db: plain(DB, 3),
      other: container(OTHER, 4),
    })
      .filter(([, path]) => !reads(cgroup(path)))
      .map(([name]) => name);

  it('denies those that it selects, and tells of them alone', () => {
    load({ ...opening(DENIES), podSelector: { matchLabels: { app: 'web' } } });
    assert.deepEqual(denied(), ['web', 'side', 'other']);
    assert.equal(bench.taken('pods').length, 3);
    assert.equal(reads(host()), true);
    assert.deepEqual(bench.runtime.cgroups.members(bench.runtime.policies()[0] as never), {
      containers: 3,
      unknown: 0,
    });
  });

  it('is of a namespace, and of a container by its name', () => {
    load(opening(DENIES), 'team-a');
    assert.deepEqual(denied(), ['web', 'side', 'db']);
    assert.equal(reads(host()), true);
    load({ ...opening(DENIES), containerSelector: { matchLabels: { name: 'side' } } });
    assert.deepEqual(denied(), ['side']);
    load({ ...opening(DENIES), hostSelector: {}, podSelector: { matchLabels: { app: 'db' } } });
    assert.deepEqual(denied(), ['db']);
    assert.equal(reads(host()), false);
  });

  it('follows labels, in and out, while it is in force', () => {
    load({ ...opening(DENIES), podSelector: { matchExpressions: [{ key: 'tier', operator: 'Exists' }] } });
    assert.deepEqual(denied(), []);
    index.put(pod(DB, 'db-1', 'team-a', { app: 'db', tier: 'x' }, { app: 3 }));
    tell();
    assert.deepEqual(denied(), ['db']);
    index.put(pod(DB, 'db-1', 'team-a', { app: 'db' }, { app: 3 }));
    tell();
    assert.deepEqual(denied(), []);
  });

  it('places a container by the cgroup of its pod, before anybody has heard of it', () => {
    index.put(pod(NEW, 'web-3', 'team-a', { app: 'web' }));
    cgroup(slice(NEW));
    tell();
    load({ ...opening(DENIES), podSelector: { matchLabels: { app: 'web' } } });
    assert.equal(reads(cgroup(container(NEW, 5))), false);
    load({ ...opening(DENIES), podSelector: { matchLabels: { app: 'db' } } });
    assert.equal(reads(cgroup(container(NEW, 6))), true);
    // and what lies deeper, whatever its name, is what it lies in
    assert.equal(reads(cgroup(`${container(WEB, 1)}/docker/${id(7)}`)), true);
    load({ ...opening(DENIES), podSelector: { matchLabels: { app: 'web' } } });
    assert.equal(reads(cgroup(`${container(WEB, 1)}/docker/${id(7)}`)), false);
  });

  it('denies a container of a pod that nobody knows, until somebody does', () => {
    load({ ...opening(DENIES), podSelector: { matchLabels: { app: 'db' } } });
    const late = cgroup(container(LATE, 8));
    tell();
    assert.equal(reads(late), false);
    const [event] = bench.taken('pods');
    assert.equal(event?.tracegate?.unplaced, true);
    index.put(pod(LATE, 'web-4', 'team-b', { app: 'web' }, { app: 8 }));
    tell();
    assert.equal(reads(late), true);
  });

  it('kills nobody whom it cannot place: the call is denied where that is possible', () => {
    const unknown = cgroup(`docker/${id(9)}`);
    const web = cgroup(container(WEB, 1));
    const kill = { matchActions: [{ action: 'Sigkill' }] };
    load({ ...opening(kill), podSelector: { matchLabels: { app: 'web' } } });
    assert.match(inside(unknown, `cat ${SECRET}; echo lives`), /not permitted\nlives/);
    assert.deepEqual(ended(), [{ unplaced: true, denied: true }]);
    assert.match(inside(web, `cat ${SECRET}; echo lives`), /Killed/);
    assert.deepEqual(ended(), [{ denied: true, killed: true }]);

    const args = [{ index: 6, type: 'int64' }]; // a tracepoint can deny nothing
    const selectors = [{ matchArgs: [{ index: 6, operator: 'Equal', values: ['4242'] }], ...kill }];
    const seeking = { subsystem: 'syscalls', event: 'sys_enter_lseek', args, selectors };
    load({ tracepoints: [seeking], podSelector: { matchLabels: { app: 'web' } } });
    const seek = `perl -e 'open(F, "<", "/etc/passwd"); sysseek(F, 4242, 0); print "lives"'`;
    assert.match(inside(unknown, seek), /lives/);
    assert.deepEqual(ended(), [{ unplaced: true, spared: 'unplaced', would_have: true }]);
    assert.doesNotMatch(inside(web, seek), /lives/);
    assert.deepEqual(ended(), [{ killed: true }]);
  });

  it('fits into programs beside much else that a hook may ask for', () => {
    const web = {
      podSelector: { matchLabels: { app: 'web' } },
      containerSelector: { matchLabels: { name: 'app' } },
    };
    const when = {
      matchBinaries: [{ operator: 'In', values: ['/bin/nobody'], followChildren: true }],
      matchPIDs: [{ operator: 'NotIn', values: [1], followForks: true, isNamespacePID: false }],
      matchNamespaces: [{ namespace: 'Mnt', operator: 'In', values: ['host_ns'] }],
      matchWorkloads: web,
    };
    const ends = { matchArgs: [{ index: 1, operator: 'Postfix', values: ['x'] }] };
    const post = { action: 'Post', rateLimit: '1m', rateLimitScope: 'process' };
    const selectors = [
      { ...when, ...ends, matchActions: [post, { action: 'Sigkill' }] },
      { ...when, ...ends, matchWorkloads: { podSelector: { matchLabels: { app: 'db' } } } },
      { ...ends, matchWorkloads: { hostSelector: {} }, ...DENIES },
    ];
    const args = ['int', 'string', 'int', 'int'].map((type, index) => ({ index, type }));
    const opens = { call: 'sys_openat', syscall: true, args, selectors };
    load({ kprobes: [opens], podSelector: { matchExpressions: [{ key: 'app', operator: 'Exists' }] } });
  });

  it('takes what no pod names after a while for no pod', () => {
    load({ ...opening(DENIES), podSelector: {} });
    const docker = cgroup(`docker/${id(9)}`);
    tell();
    assert.equal(reads(docker), false);
    nowMs += NAMED_WITHIN_MS;
    tell();
    assert.equal(reads(docker), true);
    assert.equal(reads(cgroup(container(WEB, 1))), false);
  });

  it('has selectors that are about certain pods, whose exceptions nobody gets who cannot be placed', () => {
    const trusted = { matchWorkloads: { podSelector: { matchLabels: { app: 'db' } } } };
    load(opening({ ...trusted, matchActions: [{ action: 'NoPost' }] }, DENIES));
    assert.deepEqual(denied(), ['web', 'side', 'other']);
    assert.equal(reads(host()), false);
    const strange = cgroup(container(LATE.replace('5', '6'), 5));
    assert.equal(reads(strange), false);
    load(
      opening(
        { ...trusted, ...DENIES },
        { matchWorkloads: { hostSelector: {} }, matchActions: [{ action: 'Post' }] },
      ),
    );
    assert.deepEqual(denied(), ['db']);
    assert.equal(reads(strange), false);
    bench.taken('pods');
    assert.equal(reads(host()), true);
    assert.equal(bench.taken('pods').length, 1);
  });

  it('lets nobody who cannot be placed past an exception into a kill, nor by a signal past a denial', () => {
    const unknown = cgroup(`docker/${id(0)}`);
    const web = cgroup(container(WEB, 1));
    const about = { matchWorkloads: { podSelector: { matchLabels: { app: 'web' } } } };
    const kill = { matchActions: [{ action: 'Sigkill' }] };
    load(opening({ ...about, matchActions: [{ action: 'NoPost' }] }, kill));
    assert.equal(reads(web), true);
    assert.match(inside(unknown, `cat ${SECRET}; echo lives`), /not permitted\nlives/);
    assert.match(inside(host(), `cat ${SECRET}; echo lives`), /Killed/);
    load(opening({ ...about, matchActions: [{ action: 'Signal', argSig: 10 }] }, DENIES));
    assert.equal(reads(unknown), false);
    const nested = cgroup(`system.slice/deep/${Array(40).fill('d').join('/')}`);
    load(
      opening({ matchWorkloads: { containerSelector: {} }, matchActions: [{ action: 'NoPost' }] }, DENIES),
    );
    assert.deepEqual([reads(web), reads(nested)], [true, false]);
  });

  it('denies whom it cannot place also when the budget for kills is spent', () => {
    const unknown = cgroup(`docker/${id(0)}`);
    const web = cgroup(container(WEB, 1));
    load({
      ...opening({ matchActions: [{ action: 'Sigkill' }] }),
      podSelector: { matchLabels: { app: 'web' } },
    });
    const spent = () => bench.runtime.counters('pods').exhausted;
    const many = `n=0; while [ $n -lt 50 ]; do (: < ${SECRET}); n=$((n + 1)); done`;
    for (let n = 0; n < 8 && !spent(); n++) inside(web, many);
    assert.equal(spent(), true);
    assert.equal(reads(unknown), false);
  });

  it('places containers by the first version of cgroups', () => {
    const root = join(PLACE, 'cgroup-pods');
    mkdirSync(root, { recursive: true });
    assert.equal(run('mount', ['-t', 'cgroup', '-o', 'pids', 'none', root]).status, 0);
    const [web, db] = [cgroup(container(WEB, 1), root), cgroup(plain(DB, 3), root)];
    tell();
    load({ ...opening(DENIES), podSelector: { matchLabels: { app: 'db' } } });
    assert.deepEqual([reads(web), reads(db)], [true, false]);
    removeCgroups(root);
    run('umount', [root]);
  });

  it('hears of a cgroup that is made, when its name may be a container’s', () => {
    let heard = 0;
    bench.told.onCgroup = () => void heard++;
    cgroup('system.slice/short.service');
    bench.taken('');
    assert.equal(heard, 0);
    cgroup(container(WEB, 6));
    bench.taken('');
    assert.equal(heard, 1);
  });
});
