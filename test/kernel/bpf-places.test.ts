// SPDX-License-Identifier: Apache-2.0
/** The rarer places that a program can be put in, and what is asked about those of others: each with its culprit. */
import assert from 'node:assert/strict';
import { copyFileSync, existsSync, mkdirSync, renameSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { KIND } from '../../src/kernel/btf.ts';
import { kernelBtf } from '../../src/kernel/facts.ts';
import type { BpfActivity } from '../../src/model/bpf.ts';
import {
  type BpfBench,
  congestionOps,
  idIn,
  loader,
  modules,
  openBpfBench,
  ran,
  there,
} from './bpf-fixture.ts';
import { labProgram, PLACE, ROOT } from './runtime-fixture.ts';

const KERNEL = process.env.LAB_KERNEL ?? 'custom';
const CGROUP = '/sys/fs/cgroup/tracegate-places-test';
const MOUNT = '/tmp/tracegate-places-test';
const PROG_BY_ID = 13;
const LINK_BY_ID = 30;
const RAW_TRACEPOINT = 17;
const SCHED_ACT = 4;
const SCHED_CLS = 3;

const btfId = (name: string): number => kernelBtf()?.find(KIND.FUNC, name) ?? 0;
const linkOf = ({ body }: BpfActivity) => body.link as { id: number; type: string; target: string };

describe('the watch over eBPF in rarer places', () => {
  let at: BpfBench;
  let closed = false;
  before(() => {
    at = openBpfBench();
    mkdirSync(CGROUP, { recursive: true });
    mkdirSync(MOUNT, { recursive: true });
  });
  after(() => {
    if (!closed) at.close();
    rmdirSync(CGROUP);
    rmdirSync(MOUNT);
  });

  /** Undefined: the kernel has no such place, which is said, and that it was tried is told. */
  async function placed(t: TestContext, args: (string | number)[]) {
    at.taken();
    const one = await loader(args, args[0] === 'sockmap' ? 3 : 2, 'bpf_places');
    const told = at.taken(one.pid);
    await one.end();
    const ended = at.taken(one.pid);
    const failed = one.lines.find((line) => / failed /.test(line));
    if (!failed) return { one, told, ended, attach: told.find(({ type }) => type === 'bpf.attach.done') };
    assert.ok(
      told.some(({ type }) => /\.failed$/.test(type)),
      `${failed}, and nothing told of it among ${told.map(({ type }) => type).join()}`,
    );
    t.skip(`${args[0]} is not to be had on ${KERNEL}: ${failed}`);
    return undefined;
  }

  const LINKS: [kind: string, number: () => number, text: string, target: RegExp][] = [
    ['uprobe_multi', () => 0, '/bin/true', /^1 place in true$/],
    ['netfilter', () => 0, '', /^family 2, hook 1, priority -128$/],
    ['lsm_cgroup', () => btfId('bpf_lsm_socket_bind'), CGROUP, /^cgroup \/tracegate-places-test$/],
  ];
  for (const [kind, number, text, target] of LINKS)
    it(`sees a link of ${kind} made and ended`, async (t) => {
      const found = await placed(t, [kind, number(), text]);
      if (!found) return;
      assert.ok(found.attach, found.told.map(({ type }) => type).join());
      assert.equal(found.attach.object, `program ${idIn(found.one.lines, 'program')}`);
      assert.match(linkOf(found.attach).target, target);
      assert.ok(
        found.ended.some(
          (one) => one.type === 'bpf.detach' && linkOf(one)?.id === linkOf(found.attach as BpfActivity).id,
        ),
      );
    });

  it('sees struct_ops put in force by its map, and taken out', async (t) => {
    const found = await placed(t, ['struct_ops', 0, ...congestionOps()]);
    if (!found) return;
    const map = `map ${idIn(found.one.lines, 'map')}`;
    assert.deepEqual([found.attach?.object, found.attach?.body], [map, { how: 'struct_ops' }]);
    const detach = found.ended.find(({ type }) => type === 'bpf.detach');
    assert.deepEqual([detach?.object, detach?.body], [map, { how: 'struct_ops' }]);
  });

  it('sees struct_ops put in force by a link, and taken out', async (t) => {
    const found = await placed(t, ['struct_ops', 1, ...congestionOps()]);
    if (!found) return;
    const map = `map ${idIn(found.one.lines, 'map')}`;
    const attach = found.told.findLast(({ type }) => type === 'bpf.attach.done');
    assert.equal(attach?.object, map);
    assert.deepEqual([linkOf(attach).type, linkOf(attach).target], ['struct_ops', `${map} p_map`]);
    assert.ok(found.ended.some(({ type, object }) => type === 'bpf.detach' && object === map));
  });

  it('sees a program put on a map of sockets, and taken off', async (t) => {
    const found = await placed(t, ['sockmap']);
    if (!found) return;
    const target = `map ${idIn(found.one.lines, 'map')}`;
    const body = { how: 'bpf(2)', attachType: 'sk_skb_verdict', target };
    assert.deepEqual(found.attach?.body, body);
    assert.deepEqual(found.ended.find(({ type }) => type === 'bpf.detach')?.body, body);
  });

  const HANDED: [kind: string, what: string, how: string, target: RegExp][] = [
    ['reuseport', 'a group of sockets', 'by its descriptor', /^a group of sockets$/],
    ['counter', 'a counter', 'perf event', /^perf event$/],
  ];
  for (const [kind, what, how, target] of HANDED)
    it(`sees a program given to ${what}`, () => {
      at.taken();
      const one = ran(labProgram('bpf_places'), [kind]);
      assert.equal(one.status, 0, one.out);
      const attach = at.taken(one.pid).find(({ type }) => type === 'bpf.attach.done');
      assert.equal(attach?.object, `program ${idIn(one.out.split('\n'), 'program')}`);
      assert.equal(attach.body.how, how);
      assert.match(String(attach.body.target), target);
    });

  it('sees an attachment that failed', async () => {
    const one = await loader(['nowhere'], 2, 'bpf_places');
    const failed = at.taken(one.pid).find(({ type }) => type === 'bpf.attach.failed');
    await one.end();
    assert.equal(failed?.object, `program ${idIn(one.lines, 'program')}`);
    assert.deepEqual(
      [failed.body.attachType, failed.body.target, failed.body.error],
      ['xdp', 'descriptor or device 9999', /failed 19/.test(one.lines[1] ?? '') ? 'ENODEV' : 'EINVAL'],
    );
  });

  it('sees who asks what hangs somewhere, once a second with the number', () => {
    at.taken();
    const one = ran(labProgram('bpf_places'), ['query', '0', CGROUP]);
    assert.equal(one.status, 0);
    const asked = at.taken(one.pid).filter(({ type }) => type === 'bpf.queried');
    assert.deepEqual(
      asked.map(({ body }) => [body.attachType, body.target, body.queries]),
      [1, 3].map((queries) => ['cgroup_inet_egress', 'cgroup /tracegate-places-test', queries]),
    );
  });

  it('sees who takes a program and a link of ours by their numbers', () => {
    const { programs, links } = at.watch.inventory();
    const ours = { program: programs.find((one) => one.ours)?.id, link: links.find((one) => one.ours)?.id };
    at.taken();
    for (const [command, kind] of [
      [PROG_BY_ID, 'program'],
      [LINK_BY_ID, 'link'],
    ] as const) {
      const one = ran(labProgram('bpf_loads'), ['byid', String(command), String(ours[kind])]);
      assert.match(one.out, /^id/);
      const grabbed = at.taken(one.pid).find(({ type }) => type === 'bpf.grabbed');
      assert.deepEqual([grabbed?.object, grabbed?.ours], [`${kind} ${ours[kind]}`, true]);
    }
  });

  it('sees a map bound to a program, and statistics turned on', () => {
    at.taken();
    const one = ran(labProgram('bpf_places'), ['bound']);
    assert.equal(one.status, 0, one.out);
    const told = at.taken(one.pid);
    const lines = one.out.split('\n');
    const bound = told.find(({ type }) => type === 'bpf.map.bound');
    assert.deepEqual(
      [bound?.object, bound?.body.program],
      [`map ${idIn(lines, 'map')}`, idIn(lines, 'program')],
    );
    assert.ok(told.some(({ type }) => type === 'bpf.stats.enabled'));
  });

  it('sees a token made, and a load by it', (t) => {
    at.taken();
    const { out } = ran(labProgram('bpf_loads'), ['token']);
    const told = at.taken();
    if (out.includes('no tokens')) return t.skip(`this kernel has no BPF tokens: ${KERNEL}`);
    const made = told.find(({ type }) => type === 'bpf.token.created');
    assert.equal(made?.by?.userNamespaceLevel, 1);
    // its program has two instructions, as those have that a library tries the kernel with: these are counted
    assert.match(out, /^id \d+$/m);
  });

  it('sees a pin moved, and its file system unmounted', () => {
    assert.equal(ran('mount', ['-t', 'bpf', 'none', MOUNT]).status, 0);
    ran(labProgram('loads'), ['pin', '6', `${MOUNT}/before`]);
    const pinned = at.taken().find(({ type }) => type === 'bpf.pin');
    renameSync(`${MOUNT}/before`, `${MOUNT}/behind`);
    const moved = at.taken(process.pid).find(({ type }) => type === 'bpf.pin.moved');
    assert.deepEqual([moved?.body.path, moved?.body.inode], ['/before', pinned?.body.inode]);
    const away = ran('umount', [MOUNT]);
    assert.equal(away.status, 0, away.out);
    const gone = at.taken(away.pid).find(({ type }) => type === 'bpf.unmount');
    assert.deepEqual([gone?.body.path, gone?.body.device], [MOUNT, pinned?.body.device]);
  });

  const BY_TC: [
    kind: string,
    type: number,
    module: string,
    command: (pin: string) => string[],
    body: object,
  ][] = [
    [
      'a tc action',
      SCHED_ACT,
      'act_bpf',
      (pin) => ['actions', 'add', 'action', 'bpf', 'object-pinned', pin, 'index', '77'],
      { how: 'by its descriptor', target: 'a tc action' },
    ],
    [
      'a tc filter of an egress',
      SCHED_CLS,
      'cls_bpf',
      (pin) => ['filter', 'add', 'dev', 'lo', 'egress', 'bpf', 'direct-action', 'object-pinned', pin],
      { how: 'tc filter by netlink', target: 'device 1', parent: '0xfffffff3' },
    ],
  ];
  for (const [kind, type, module, command, body] of BY_TC)
    it(`sees a program given to ${kind}`, (t) => {
      if (KERNEL === 'custom') return t.skip(`${kind}: this kernel has no traffic control`);
      if (!there('tc')) return t.skip('tc (iproute2) is not installed');
      modules(KERNEL, 'sch_ingress', module);
      const pin = '/sys/fs/bpf/tg-test-places';
      const one = ran(labProgram('loads'), ['pin', String(type), pin]);
      ran('tc', ['qdisc', 'add', 'dev', 'lo', 'clsact']);
      at.taken();
      const tc = ran('tc', command(pin));
      rmSync(pin);
      assert.equal(tc.status, 0, tc.out);
      const attach = at.taken(tc.pid).find((told) => told.type === 'bpf.attach.done');
      assert.deepEqual(
        [attach?.object, attach?.body],
        [`program ${idIn(one.out.split('\n'), 'program')}`, body],
      );
      ran('tc', ['qdisc', 'del', 'dev', 'lo', 'clsact']);
      ran('tc', ['actions', 'del', 'action', 'bpf', 'index', '77']);
      assert.ok(!existsSync(pin));
    });

  it('tells that a program was refused after it had its number, and which', () => {
    const one = ran(labProgram('bpf_loads'), ['full']);
    assert.equal(one.out, 'errno 24\n');
    const told = at.taken(one.pid);
    const [loaded, failed] = ['done', 'failed'].map((how) =>
      told.find(({ type }) => type === `bpf.load.${how}`),
    );
    assert.match(loaded?.object ?? '', /^program \d+$/);
    assert.equal(failed?.object, loaded?.object);
    assert.deepEqual(
      [failed?.body.error, failed?.body.why, (failed?.body.program as { type: string } | undefined)?.type],
      ['EMFILE', 'refused after the verifier had passed it', 'raw_tracepoint'],
    );
  });

  it('names the executable of each load, whichever the same process told of before', () => {
    const [first, second] = [join(PLACE, 'first'), join(PLACE, 'second')];
    for (const path of [first, second]) copyFileSync(labProgram('bpf_loads'), path);
    const one = ran(first, ['again', second, String(RAW_TRACEPOINT)]);
    assert.match(one.out, /^(id \d+\n){3}$/);
    const loads = at.taken(one.pid).filter(({ type }) => type === 'bpf.load.done');
    assert.deepEqual(
      loads.map(({ by }) => by?.exe?.path),
      [first, first, second],
    );
    assert.deepEqual(loads[1]?.by, loads[0]?.by);
  });

  it('names the executable of whatever else the process does after that', (t) => {
    if (!there('bpftool')) return t.skip('bpftool is not installed');
    const maker = join(PLACE, 'maker');
    copyFileSync('/usr/sbin/bpftool', maker);
    const pin = '/sys/fs/bpf/of-maker';
    const one = ran(maker, ['prog', 'load', join(ROOT, 'build/bpf/identity.bpf.o'), pin]);
    rmSync(pin, { force: true });
    assert.equal(one.status, 0, one.out);
    const told = at.taken(one.pid);
    const types = new Set(told.map(({ type }) => type));
    assert.ok(types.has('bpf.load.done') && types.has('bpf.pin'), [...types].join());
    assert.deepEqual(new Set(told.map(({ by }) => by?.exe?.path)), new Set([maker]));
  });

  it('counts what a library loads to try the kernel', () => {
    at.taken();
    const prober = join(PLACE, 'prober'); // counted by executable: others of these tests load such programs too
    copyFileSync(labProgram('bpf_loads'), prober);
    const one = ran(prober, ['many', '1', '7']);
    assert.equal(one.out, 'loaded 7\n');
    assert.deepEqual(at.taken(one.pid), []);
    at.close(); // else once a minute
    closed = true;
    const counted = at.told.find(({ type, by }) => type === 'bpf.probes' && by?.pid === one.pid);
    assert.deepEqual([counted?.body.loaded, counted?.body.refused], [7, 0]);
  });
});
