// SPDX-License-Identifier: Apache-2.0
/** Policies on the host's own processes, and on those in containers: told by the cgroups, from the first instruction on. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { hookPartOf } from '../../src/model/event.ts';
import { CGROUPS, cgroup, removeCgroups, succeeds } from './cgroups.ts';
import { type Bench, openBench, PLACE, run } from './runtime-fixture.ts';

const ID = '0123456789abcdef'.repeat(4);
const SECRET = join(PLACE, 'scopes-secret');
const MADE = join(PLACE, 'scopes-made');
const USER = 1000;

/** As container runtimes name them. */
const CONTAINERS = [
  `docker-${ID}.scope`,
  `docker/${ID}`,
  `kubepods.slice/kubepods-pod1.slice/cri-containerd-${ID}.scope`,
  `kubepods/besteffort/pod1/${ID}/init/deeper`,
  `system.slice:cri-containerd:${ID}`,
  `libpod-${ID}.scope`,
  `kubepods-burstable-pod01234567_89ab_cdef_0123_456789abcdef.slice:cri-containerd:${ID}`,
];
const HOST = [
  'system.slice/ssh.service',
  `crio-conmon-${ID}.scope`,
  `docker-${ID.slice(1)}.scope`,
  `docker-${ID.toUpperCase()}.scope`,
  `docker${ID}.scope`,
  ID.replace('a', 'g'),
];
/** In a folder that was handed to a user, who could have made any name. */
const DELEGATED = `user.slice/docker-${ID}.scope`;

const ACT = [{ action: 'Override', argError: -1 }];
const on = (index: number, type: string, value: string) => ({
  args: [{ index, type }],
  selectors: [{ matchArgs: [{ index, operator: 'Equal', values: [value] }], matchActions: ACT }],
});
const KINDS = {
  'by the hook that has the text': {
    kprobes: [{ call: 'sys_symlinkat', syscall: true, ...on(0, 'string', '/etc/shadow') }],
  },
  'by a verdict that is carried': {
    kprobes: [{ call: 'sys_mkdir', syscall: true, ...on(0, 'string', MADE) }],
  },
  'by the path of a file': { lsmhooks: [{ hook: 'file_open', ...on(0, 'file', SECRET) }] },
};
const COMMANDS: Record<keyof typeof KINDS, string> = {
  'by the hook that has the text': `rm -f ${MADE} && ln -s /etc/shadow ${MADE} && rm ${MADE}`,
  'by a verdict that is carried': `mkdir ${MADE} && rmdir ${MADE}`,
  'by the path of a file': `true < ${SECRET}`,
};

let bench: Bench;
function load(kind: keyof typeof KINDS, scope: object): void {
  const document = { apiVersion: 'cilium.io/v1alpha1', kind: 'TracingPolicy', metadata: { name: 'scoped' } };
  const plan = bench.load(JSON.stringify({ ...document, spec: { ...KINDS[kind], ...scope } }));
  assert.deepEqual(
    plan.hooks.map((h) => [h.refused, h.guarantee]),
    [[undefined, 'denied-before-effect']],
  );
  bench.taken('scoped');
}

function begin(): void {
  bench = openBench();
  writeFileSync(SECRET, 'x');
  rmSync(MADE, { force: true, recursive: true });
}
function end(): void {
  bench.close();
  removeCgroups();
}

describe('a policy on the host', () => {
  before(begin);
  after(end);

  for (const kind of Object.keys(KINDS) as (keyof typeof KINDS)[])
    it(`denies the host and no container, with an event for the host alone: ${kind}`, () => {
      load(kind, { hostSelector: {} });
      assert.equal(succeeds(cgroup('system.slice/ssh.service'), COMMANDS[kind]), false);
      assert.equal(bench.taken('scoped').length, 1);
      assert.equal(succeeds(cgroup(CONTAINERS[0] as string), COMMANDS[kind]), true);
      assert.equal(bench.taken('scoped').length, 0);
    });

  it('knows containers by the names that runtimes give, and nothing else', () => {
    load('by the hook that has the text', { hostSelector: {} });
    const command = COMMANDS['by the hook that has the text'];
    const through = (names: string[]) => names.filter((name) => succeeds(cgroup(name), command));
    assert.deepEqual(through(CONTAINERS), CONTAINERS);
    assert.deepEqual(through(HOST), []);
    assert.equal(run('sh', ['-c', command]).status === 0, false);
  });

  it('takes no user for a container, whatever cgroups were handed to one', () => {
    const path = cgroup(DELEGATED);
    chownSync(join(CGROUPS, 'user.slice'), USER, USER);
    assert.equal(succeeds(path, COMMANDS['by the hook that has the text']), false);
    chownSync(join(CGROUPS, 'user.slice'), 0, 0);
    chownSync(path, USER, USER);
    assert.equal(succeeds(path, COMMANDS['by the hook that has the text']), true);
  });

  it('knows a container by the first version of cgroups', () => {
    const root = join(PLACE, 'cgroup-pids');
    mkdirSync(root, { recursive: true });
    assert.equal(run('mount', ['-t', 'cgroup', '-o', 'pids', 'none', root]).status, 0);
    const command = COMMANDS['by the hook that has the text'];
    assert.equal(succeeds(cgroup(`docker/${ID}`, root), command), true);
    assert.equal(succeeds(cgroup('system.slice', root), command), false);
    for (const path of [`${root}/docker/${ID}`, `${root}/docker`, `${root}/system.slice`])
      run('rmdir', [path]);
    run('umount', [root]);
  });
});

describe('a policy on containers', () => {
  before(begin);
  after(end);

  for (const kind of Object.keys(KINDS) as (keyof typeof KINDS)[])
    it(`denies a container and not the host: ${kind}`, () => {
      load(kind, { containerSelector: {} });
      for (
        let tries = 0;
        tries < 9 && !succeeds(cgroup('system.slice/ssh.service'), COMMANDS[kind]);
        tries++
      );
      bench.taken('scoped');
      assert.equal(succeeds(cgroup('system.slice/ssh.service'), COMMANDS[kind]), true);
      assert.equal(succeeds(cgroup(CONTAINERS[2] as string), COMMANDS[kind]), false);
      assert.equal(bench.taken('scoped').length, 1);
    });

  it('has events that name the container', async () => {
    const container = cgroup(CONTAINERS[1] as string);
    load('by the path of a file', { containerSelector: {} });
    const shell = spawn(
      'sh',
      ['-c', `echo $$ > ${container}/cgroup.procs; echo in; read go; cat ${SECRET}`],
      {
        stdio: ['pipe', 'pipe', 'ignore'],
      },
    );
    await once(shell.stdout, 'data');
    bench.taken('scoped'); // the shell is in, and still there to be looked at
    shell.stdin.end('go\n');
    await once(shell, 'close');
    const shown = bench.taken('scoped').map((event) => hookPartOf(event)?.process);
    assert.deepEqual(
      shown.map((process) => process?.docker),
      [ID.slice(0, 31)],
    );
  });

  it('fits into programs beside much else that a hook may ask for', () => {
    const when = {
      matchBinaries: [{ operator: 'In', values: ['/bin/nobody'], followChildren: true }],
      matchPIDs: [{ operator: 'NotIn', values: [1], followForks: true, isNamespacePID: false }],
      matchNamespaces: [{ namespace: 'Mnt', operator: 'In', values: ['host_ns'] }],
    };
    const limited = { action: 'Post', rateLimit: '1m', rateLimitScope: 'process' };
    const args = ['int', 'string', 'int', 'int'].map((type, index) => ({ index, type }));
    const opening = {
      call: 'sys_openat',
      syscall: true,
      args,
      selectors: [
        {
          ...when,
          matchArgs: [{ index: 1, operator: 'Postfix', values: ['x'] }],
          matchActions: [limited, { action: 'Sigkill' }],
        },
      ],
    };
    const connecting = {
      call: 'tcp_connect',
      syscall: false,
      args: [{ index: 0, type: 'sock' }],
      selectors: [{ ...when, matchActions: [{ action: 'TrackSock', argSock: 0 }, limited] }],
    };
    const document = {
      apiVersion: 'cilium.io/v1alpha1',
      kind: 'TracingPolicy',
      metadata: { name: 'scoped' },
    };
    const spec = { kprobes: [opening, connecting], containerSelector: {} };
    const plan = bench.load(JSON.stringify({ ...document, spec }));
    assert.deepEqual(
      plan.hooks.map((h) => h.refused),
      [undefined, undefined],
    );
  });

  it('is on both where both are named', () => {
    load('by the hook that has the text', { hostSelector: {}, containerSelector: {} });
    const command = COMMANDS['by the hook that has the text'];
    for (const name of ['system.slice/ssh.service', CONTAINERS[0] as string])
      assert.equal(succeeds(cgroup(name), command), false);
  });
});
