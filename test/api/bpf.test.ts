// SPDX-License-Identifier: Apache-2.0
/** The eBPF of a host over HTTPS and on the command line: who may see it, and how it is shown. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { BpfCulprit, BpfInventory } from '../../src/model/bpf.ts';
import { runInProcess } from '../fixtures/run-cli.ts';
import { runningGate } from './running-gate.ts';

const running = await runningGate();
const by: BpfCulprit = {
  ...{ pid: 812, tid: 812, started: '2026-01-01T00:00:00Z', uid: 0, euid: 0, gid: 0, comm: 'bpftool' },
  exe: { path: '/usr/sbin/bpf\u001b[31mtool', device: 1, inode: '2', sha256: 'ab' },
  ...{ unit: 'cron.service', namespaces: {}, capabilities: '0', ancestors: [] },
};
const program = {
  ...{
    id: 12,
    type: 'xdp',
    name: 'drop_all',
    tag: '0011223344556677',
    mapIds: [4],
    xlatedBytes: 8,
    jitedBytes: 9,
  },
  ...{
    verifiedInsns: 2,
    uid: 0,
    loaded: '2026-01-01T00:00:01Z',
    ours: false,
    pinned: [],
    since: 'seen' as const,
    by,
  },
  attached: [{ how: 'xdp link', link: 3, target: 'device eth0' }],
};
const inventory: BpfInventory = {
  ...{ host: 'here', time: '2026-01-01T00:00:02Z', btfIds: [1] },
  sight: { view: 'full', blind: ['tc filters'], lost: 2 },
  programs: [program],
  maps: [],
  links: [
    { id: 3, type: 'xdp', programId: 12, target: 'device eth0', ours: false, pinned: [], since: 'before' },
  ],
  pins: [{ path: '/sys/fs/bpf/x', kind: 'program', id: 12, ours: true }],
  gone: [
    {
      kind: 'program',
      id: 11,
      ours: false,
      since: 'seen',
      by,
      was: { type: 'xdp' },
      gone: { time: 'T', how: 'unloaded', by },
    },
  ],
};
const cli = (...argv: string[]) => runInProcess(argv, { env: { TRACEGATE_STATE_DIR: running.stateDir } });

describe('the next agent of a host', () => {
  const next = { path: '/usr/bin/next', digest: `sha256:${'0'.repeat(64)}`, reason: 'an upgrade' };
  const admit = (of: ReturnType<typeof running.as>, body: object) =>
    of.post('/v1/bpf/guard/successors').send(body);

  it('is admitted by the platform only, by its whole digest and with a reason', async () => {
    assert.equal((await admit(running.as(running.tokenFor('sam')), next)).status, 403);
    for (const odd of [{ digest: 'sha256:0' }, { path: 'next' }, { reason: '' }, { digest: undefined }])
      assert.equal((await admit(running.as(), { ...next, ...odd })).status, 400, JSON.stringify(odd));
  });

  it('is nobody where no agent has a gate', async () => {
    const { status, body } = await admit(running.as(), next);
    assert.deepEqual([status, body.code], [503, 'agent-away']);
  });
});

describe('the eBPF of a host', () => {
  it('is not there where nobody watches, and says so', async () => {
    const away = await running.as().get('/v1/bpf/programs');
    assert.deepEqual([away.status, away.body.code], [404, 'not-found']);
    running.agent.bpf = inventory;
  });

  it('is for auditors, whole, with what cannot be seen', async () => {
    for (const path of ['programs', 'maps', 'links', 'pins', 'loads']) {
      const refused = await running.as(running.tokenFor('sam')).get(`/v1/bpf/${path}`);
      assert.equal(refused.status, 403, path);
    }
    const { body } = await running.as(running.tokenFor('eve', 'tracegate:auditors')).get('/v1/bpf/programs');
    assert.deepEqual(body, { items: JSON.parse(JSON.stringify([program])), sight: inventory.sight });
    const gone = await running.as().get('/v1/bpf/programs').query({ gone: 'true' });
    assert.deepEqual(
      gone.body.items.map(({ id }: { id: number }) => id),
      [11],
    );
    assert.equal((await running.as().get('/v1/bpf/programs').query({ gnoe: 'true' })).status, 400);
  });

  it('is listed in columns, and nothing in it moves the cursor', async () => {
    const list = await cli('bpf', 'list');
    assert.equal(list.code, 0, list.stderr);
    assert.match(
      list.stdout,
      /^12 +xdp +drop_all +0011223344556677 +xdp link device eth0 .*\[812\] uid 0, cron\.service/m,
    );
    assert.ok(!list.stdout.includes('\u001b'));
    assert.match(list.stderr, /not seen: tc filters\n.*2 records were lost/);
    assert.match(
      (await cli('bpf', 'list', '--links')).stdout,
      /^3 +xdp +12 +- +device eth0 +before the agent/m,
    );
    assert.match((await cli('bpf', 'list', '--pins')).stdout, /^\/sys\/fs\/bpf\/x +program +12 +ours/m);
    assert.match((await cli('bpf', 'list', '--gone')).stdout, /^11 +xdp .* T +unloaded/m);
    assert.equal((await cli('bpf', 'list', '-o', 'json')).json[0]?.id, 12);
    assert.equal((await cli('bpf', 'list', '--maps', '--links')).code, 2);
  });

  it('tells of loads by the audit log of the agent, oldest first, a page at a time', async () => {
    const load = (n: number) => ({
      type: 'bpf.load.done',
      object: `program ${n}`,
      body: { program: { type: 'xdp', name: `p${n}` }, by: { ...by }, at: `2026-01-01T00:00:0${n}Z` },
    });
    running.agentLog.append([
      load(1),
      { type: 'bpf.pin', object: 'program 1', body: { path: '/x' } },
      load(2),
      load(3),
    ]);
    const page = await running.as().get('/v1/bpf/loads').query({ limit: '2' });
    assert.deepEqual(
      page.body.items.map(({ object }: { object: string }) => object),
      ['program 3', 'program 2'],
    );
    const rest = await running.as().get('/v1/bpf/loads').query({ limit: '2', after: page.body.next });
    assert.deepEqual(
      rest.body.items.map(({ object }: { object: string }) => object),
      ['program 1'],
    );
    const shown = await cli('bpf', 'loads');
    assert.match(shown.stdout, /^2026-01-01T00:00:01Z load\.done program 1 xdp p1 by .*\n.* p2 .*\n.* p3 /);
    assert.match((await cli('bpf', 'loads', '--all')).stdout, / pin program 1 \/x /);
  });

  it('goes on with what is loaded from now on, until interrupted', async () => {
    const stop = new AbortController();
    const following = runInProcess(['bpf', 'loads', '-f', '--limit', '1'], {
      env: { TRACEGATE_STATE_DIR: running.stateDir },
      signal: stop.signal,
    });
    setTimeout(
      () =>
        running.agentLog.append([{ type: 'bpf.load.failed', object: 'program 9', body: { error: 'EPERM' } }]),
      300,
    );
    setTimeout(() => stop.abort(), 2000);
    const { stdout } = await following;
    assert.match(stdout, /load\.done program 3 .*\n.*load\.failed program 9 \(EPERM\)/);
    assert.equal(stdout.trim().split('\n').length, 2, 'each once');
  });
});
