// SPDX-License-Identifier: Apache-2.0
/** Who loads eBPF: every load, attachment and pin with its culprit, and the same inventory that bpftool shows. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { BpfAudit } from '../../src/agent/bpf-audit.ts';
import { openAuditLog } from '../../src/audit/index.ts';
import { KIND } from '../../src/kernel/btf.ts';
import { kernelBtf, tracepointFile } from '../../src/kernel/facts.ts';
import type { BpfActivity, BpfProgram } from '../../src/model/bpf.ts';
import { linkTypeName, mapTypeName, programTypeName } from '../../src/model/bpf-names.ts';
import { ExeDigests } from '../../src/watch/bpf/exe-digests.ts';
import {
  type BpfBench,
  idIn,
  type Loader,
  loader,
  modules,
  openBpfBench,
  ran,
  there,
} from './bpf-fixture.ts';
import { oneModeOnly, preempt, preemption, tried } from './crowd.ts';
import { labProgram, PLACE } from './runtime-fixture.ts';
import { bootSystemd, SYSTEMD } from './systemd.ts';

const KERNEL = process.env.LAB_KERNEL ?? 'custom';
/** Ten thousand in a row are the soak’s (test/kernel/bpf-soak.ts). */
const MANY = 200;
const USER = 1234;
const TYPES_LOADED_LINES = 24;

const SYSTEMD_LOOKS = 60;
const SYSTEMD_LOOK_MS = 250;
/** For addresses two, for devices one. */
const SYSTEMD_PROGRAMS = 3;

const labLoads = () => labProgram('loads');
const btfId = (name: string): number => kernelBtf()?.find(KIND.FUNC, name) ?? 0;
const pmuOf = (name: string): number =>
  Number(ran('cat', [`/sys/bus/event_source/devices/${name}/type`]).out.trim());
const doneLines = (lines: string[]) => lines.filter((line) => / done [1-9]/.test(line));
const programOf = ({ body }: BpfActivity) => body.program as Record<string, unknown>;

interface Shown {
  id: number;
  [key: string]: unknown;
}

function bpftool(kind: string): Shown[] {
  const { out, status } = ran('bpftool', [kind, 'show', '-j']);
  assert.equal(status, 0, out);
  return JSON.parse(out) as Shown[];
}

/** bpftool shows a type that it does not know yet as its number. */
const named = (type: unknown, name: (number: number) => string) =>
  typeof type === 'number' ? name(type) : type;

/** bpftool loads programs of its own to look about, which may still be going: three looks, and one has to agree. */
function agreesWithBpftool(at: BpfBench): void {
  const compare = () => {
    const shown = (['prog', 'map', 'link'] as const).map(bpftool);
    const { programs, maps, links } = at.watch.inventory();
    const byId = (a: Shown, b: Shown) => a.id - b.id;
    assert.deepEqual(
      programs
        .map(({ id, type, name, tag, gpl, uid, loaded, xlatedBytes, jitedBytes, mapIds, btfId }) => ({
          ...{ id, type, name, tag, gpl, uid, loaded: Math.floor(Date.parse(loaded) / 1000) },
          ...{ xlatedBytes, jitedBytes, mapIds, btfId },
        }))
        .sort(byId),
      shown[0]
        ?.map((p) => ({
          ...{
            id: p.id,
            type: named(p.type, programTypeName),
            name: p.name ?? '',
            tag: p.tag,
            gpl: p.gpl_compatible,
            uid: p.uid,
          },
          ...{ loaded: p.loaded_at, xlatedBytes: p.bytes_xlated, jitedBytes: p.bytes_jited },
          ...{ mapIds: p.map_ids ?? [], btfId: p.btf_id },
        }))
        .sort(byId),
    );
    assert.deepEqual(
      maps
        .map(({ id, type, name, keyBytes, valueBytes, maxEntries, flags, btfId }) => ({
          ...{ id, type, name, keyBytes, valueBytes, maxEntries, flags, btfId },
        }))
        .sort(byId),
      shown[1]
        ?.map((m) => ({
          ...{
            id: m.id,
            type: named(m.type, mapTypeName),
            name: m.name ?? '',
            keyBytes: m.bytes_key,
            valueBytes: m.bytes_value,
          },
          ...{ maxEntries: m.max_entries, flags: m.flags, btfId: m.btf_id },
        }))
        .sort(byId),
    );
    assert.deepEqual(
      links.map(({ id, type, programId }) => ({ id, type, programId })).sort(byId),
      shown[2]
        ?.map((l) => ({ id: l.id, type: named(l.type, linkTypeName), programId: l.prog_id }))
        .sort(byId),
    );
  };
  for (let tries = 2; tries > 0; tries--) {
    try {
      compare();
      return;
    } catch {
      ran('sleep', ['0.3']);
    }
  }
  compare();
}

describe('the watch over eBPF', () => {
  let at: BpfBench;
  let logged: BpfAudit;
  const log = openAuditLog({
    path: join(PLACE, 'bpf-audit.db'),
    keyPath: join(PLACE, 'bpf-audit.key'),
    kind: 'agent',
  });
  before(() => {
    logged = new BpfAudit(log, new ExeDigests(), assert.ifError);
    at = openBpfBench({ onActivity: (activity, raw) => logged.note(activity, raw) });
  });
  after(async () => {
    at.close();
    await logged.settled();
    log.close();
  });

  it('sees all of it here, or says what it does not', (t) => {
    const { view, blind, lost } = at.watch.sight;
    assert.equal(view, 'full');
    assert.equal(lost, 0);
    for (const what of blind) t.diagnostic(`not seen on ${KERNEL}: ${what}`);
    const expected = KERNEL === 'custom' ? /tc_(new|del)_tfilter/ : /^$/;
    assert.deepEqual(
      blind.filter((what) => !expected.test(what)),
      [],
    );
    assert.equal(at.told[0]?.type === 'bpf.baseline' || at.told.some((a) => a.type === 'bpf.baseline'), true);
  });

  it('agrees with bpftool on programs of many types, users and namespaces', async (t) => {
    if (!there('bpftool')) return t.skip('bpftool is not installed');
    const loaders = await Promise.all([
      loader(['types', 0], TYPES_LOADED_LINES),
      loader(['types', USER], TYPES_LOADED_LINES),
    ]);
    try {
      const programs = loaders.flatMap(({ lines }) =>
        doneLines(lines).filter((line) => !line.startsWith('map')),
      );
      assert.ok(
        programs.length >= 30,
        `${programs.length} programs: ${loaders.map((l) => l.lines.join()).join(' | ')}`,
      );
      agreesWithBpftool(at);
      const { programs: listed } = at.watch.inventory();
      const byUser = listed.filter((p) => p.by?.pid === loaders[1].pid);
      assert.ok(new Set(byUser.map((p) => p.type)).size >= 12);
      assert.ok(byUser.every((p) => p.by?.uid === USER && p.since === 'seen' && !p.ours && p.uid === USER));
      const nets = new Set(
        loaders.map(({ pid }) => listed.find((p) => p.by?.pid === pid)?.by?.namespaces.net),
      );
      assert.equal(nets.size, 2, 'two network namespaces');
      t.diagnostic(`${programs.length} programs of ${new Set(byUser.map((p) => p.type)).size} types`);
    } finally {
      await Promise.all(loaders.map((one) => one.end()));
    }
    const gone = at.taken(loaders[1].pid).filter(({ type }) => type === 'bpf.unload');
    assert.equal(gone.length, doneLines(loaders[1].lines).length - 1, 'each unload, by whoever held it');
  });

  it('names the culprit with its program, digest and ancestors', async () => {
    const one = await loader(['attach', 'raw_tracepoint', 0, 'sched_process_exit'], 2);
    await one.end();
    const load = at.taken(one.pid).find(({ type }) => type === 'bpf.load.done');
    assert.equal(load?.by?.comm, 'loads');
    assert.match(load?.by?.exe?.path ?? '', /\/loads$/);
    assert.match(load?.by?.arguments ?? '', /^attach raw_tracepoint/);
    assert.equal(load?.by?.ancestors[0]?.pid, process.pid);
    assert.ok(load?.by?.cgroup?.startsWith('/'));
    assert.equal(programOf(load as BpfActivity).requestedInsns, 3);
    await logged.settled();
    const [record] = log.read({
      type: 'bpf.load.done',
      object: String(load?.object),
      order: 'descending',
      limit: 1,
    });
    const { by } = (record?.body ?? {}) as { by?: { exe: { sha256?: string } } };
    const expected = ran('sha256sum', [load?.by?.exe?.path as string]).out.split(' ')[0];
    assert.equal(by?.exe.sha256, expected);
  });

  const attaching = async (t: TestContext, kind: string, number: number, text: string, lines = 2) => {
    at.taken();
    const one: Loader = await loader(['attach', kind, number, text], lines);
    const failed = one.lines.find((line) => / failed /.test(line));
    const told = at.taken(one.pid);
    const shown = at.watch.inventory().programs.find((p) => p.id === idIn(one.lines, 'program'));
    await one.end();
    const ended = at.taken(one.pid);
    if (failed) {
      const recorded = told.find(({ type }) => /\.failed$/.test(type));
      assert.ok(recorded, `${kind} failed unseen: ${failed}`);
      t.skip(
        `${kind} is not to be had on ${KERNEL}: ${failed} (recorded: ${recorded.type} ${recorded.body.error})`,
      );
      return undefined;
    }
    const attach = told.find(({ type }) => type === 'bpf.attach.done');
    assert.ok(attach, `${kind}: ${told.map((a) => a.type).join()} after ${one.lines.join()}`);
    assert.equal(attach.object, `program ${idIn(one.lines, 'program')}`);
    assert.ok(
      ended.some(
        ({ type, object }) => type === 'bpf.detach' && (object === attach.object || object === undefined),
      ),
      `${kind}: no detach among ${ended.map((a) => `${a.type} ${a.object}`).join()}`,
    );
    return { attach, ended, shown: shown as BpfProgram };
  };

  const LINKS: [kind: string, number: () => number, text: string, type: string, target: RegExp][] = [
    ['raw_tracepoint', () => 0, 'sched_process_exit', 'raw_tracepoint', /sched_process_exit/],
    ['fentry', () => btfId('vfs_truncate'), '', 'tracing', /vfs_truncate/],
    ['lsm', () => btfId('bpf_lsm_path_chroot'), '', 'tracing', /bpf_lsm_path_chroot/],
    ['iter', () => btfId('bpf_iter_task'), '', 'iter', /bpf_iter_task/],
    ['cgroup_link', () => 0, '/sys/fs/cgroup', 'cgroup', /cgroup \//],
    ['sk_lookup', () => 0, '', 'netns', /network namespace \d+/],
    ['xdp', () => 1, '', 'xdp', /device lo/],
    ['tcx', () => 1, '', 'tcx', /device lo/],
    [
      'perf_link',
      () => Number(tracepointFile('sched/sched_process_fork', 'id')),
      '',
      'perf_event',
      /tracepoint sched_process_fork/,
    ],
    ['kprobe_multi', () => 0, 'vfs_truncate', 'kprobe_multi', /^vfs_truncate$/],
  ];
  for (const [kind, number, text, type, target] of LINKS)
    it(`sees a link of ${kind} made and ended`, async (t) => {
      const found = await attaching(t, kind, number(), text);
      if (!found) return;
      const link = found.attach.body.link as { type: string; target: string; id: number };
      assert.equal(link.type, type);
      assert.match(link.target, target);
      assert.ok(
        found.shown.attached.some((one) => one.link === link.id),
        JSON.stringify(found.shown.attached),
      );
    });

  it('sees a link of netkit made and ended', async (t) => {
    const made = ran('ip', ['link', 'add', 'tgnk0', 'type', 'netkit']);
    if (made.status !== 0) return t.skip(`no netkit on ${KERNEL}: ${made.out.trim()}`);
    const index = Number(ran('cat', ['/sys/class/net/tgnk0/ifindex']).out.trim());
    const found = await attaching(t, 'netkit', index, '');
    ran('ip', ['link', 'del', 'tgnk0']);
    const link = found?.attach.body.link as { type: string; target: string; attachType: string } | undefined;
    assert.deepEqual(
      [link?.type, link?.target, link?.attachType],
      ['netkit', 'device tgnk0', 'netkit_primary'],
    );
  });

  it('sees PROG_ATTACH to a cgroup, and PROG_DETACH', async (t) => {
    const cgroup = '/sys/fs/cgroup/tracegate-bpf-test';
    mkdirSync(cgroup, { recursive: true });
    const found = await attaching(t, 'cgroup', 0, cgroup);
    rmdirSync(cgroup);
    assert.deepEqual(found?.attach.body, {
      how: 'bpf(2)',
      attachType: 'cgroup_inet_ingress',
      target: 'cgroup /tracegate-bpf-test',
    });
    assert.equal(found?.shown.attached[0]?.target, 'cgroup /tracegate-bpf-test');
  });

  const PERF: [kind: string, number: () => number, text: string, target: RegExp][] = [
    [
      'tracepoint',
      () => Number(tracepointFile('sched/sched_process_fork', 'id')),
      '',
      /^tracepoint sched_process_fork$/,
    ],
    ['kprobe', () => pmuOf('kprobe'), 'vfs_truncate', /^kprobe vfs_truncate$/],
    ['uprobe', () => pmuOf('uprobe'), '/bin/true', /^uprobe .*true$/],
  ];
  for (const [kind, number, text, target] of PERF)
    it(`sees a program put on a ${kind} by ioctl, and taken off`, async (t) => {
      const found = await attaching(t, kind, number(), text);
      assert.match(String(found?.attach.body.target), target);
      assert.equal(found?.attach.body.how, 'perf event');
    });

  it('sees a program given to a socket', async () => {
    const one = await loader(['attach', 'socket', 0, ''], 2);
    const attach = at.taken(one.pid).find(({ type }) => type === 'bpf.attach.done');
    await one.end();
    assert.equal(attach?.object, `program ${idIn(one.lines, 'program')}`);
    assert.match(String(attach?.body.target), /socket/);
  });

  it('sees a link led to another program, and detached', async () => {
    const one = await loader(['attach', 'update', 0, '/sys/fs/cgroup'], 2);
    const told = at.taken(one.pid);
    await one.end();
    const updated = told.find(({ type }) => type === 'bpf.link.updated');
    assert.equal(updated?.body.program, idIn(one.lines, 'program'));
    assert.ok(told.some(({ type, body }) => type === 'bpf.detach' && body.how === 'LINK_DETACH'));
  });

  it('sees XDP and tc filters that come by netlink', async (t) => {
    for (const tool of ['bpftool', 'tc']) if (!there(tool)) return t.skip(`${tool} is not installed`);
    const xdp = '/sys/fs/bpf/tg-test-xdp';
    ran('rm', ['-f', xdp]);
    const one = await loader(['pin', 6, xdp], 1);
    at.taken();
    const net = ran('bpftool', ['net', 'attach', 'xdpgeneric', 'pinned', xdp, 'dev', 'lo']);
    assert.equal(net.status, 0, net.out);
    const attach = at.taken(net.pid).find(({ type }) => type === 'bpf.attach.done');
    assert.deepEqual(attach?.body, { how: 'XDP by netlink', target: 'device lo' });
    assert.equal(attach?.object, `program ${idIn(one.lines, 'program')}`);
    const off = ran('bpftool', ['net', 'detach', 'xdpgeneric', 'dev', 'lo']);
    assert.ok(
      at.taken(off.pid).some(({ type, body }) => type === 'bpf.detach' && body.target === 'device lo'),
    );
    ran('rm', [xdp]);
    if (KERNEL === 'custom') return t.diagnostic('tc: this kernel has no filters of traffic');
    modules(KERNEL, 'sch_ingress', 'cls_bpf');
    const cls = '/sys/fs/bpf/tg-test-cls';
    const two = await loader(['pin', 3, cls], 1);
    assert.equal(ran('tc', ['qdisc', 'add', 'dev', 'lo', 'clsact']).status, 0);
    at.taken();
    const tc = ran('tc', [
      'filter',
      'add',
      'dev',
      'lo',
      'ingress',
      'bpf',
      'direct-action',
      'object-pinned',
      cls,
    ]);
    assert.equal(tc.status, 0, tc.out);
    const filter = at.taken(tc.pid).find(({ type }) => type === 'bpf.attach.done');
    assert.equal(filter?.object, `program ${idIn(two.lines, 'program')}`);
    assert.deepEqual(
      [filter?.body.how, filter?.body.target, filter?.body.parent],
      ['tc filter by netlink', 'device 1', '0xfffffff2'],
    );
    const gone = ran('tc', ['filter', 'del', 'dev', 'lo', 'ingress']);
    assert.ok(at.taken(gone.pid).some(({ type }) => type === 'bpf.detach'));
    ran('rm', [cls]);
  });

  it('sees pins, opens, frozen maps, failed loads, and hands on what is ours', async () => {
    const pin = '/sys/fs/bpf/tg-test-pin';
    const ours = at.watch.inventory().maps.find((map) => map.ours && map.name === 'tg_control');
    at.taken();
    const one = ran(labLoads(), ['objects', pin, String(ours?.id)]);
    const told = at.taken(one.pid);
    const of = (type: string) => told.find((a) => a.type === type);
    const program = `program ${idIn(one.out.split('\n'), 'program')}`;
    const map = `map ${idIn(one.out.split('\n'), 'map')}`;
    assert.match(one.out, /pin 0\nopen 1\nfreeze 0\ngrab 1\n/);
    assert.deepEqual([of('bpf.pin')?.object, of('bpf.pin')?.body.path], [program, '/tg-test-pin']);
    assert.equal(of('bpf.unpin')?.body.inode, of('bpf.pin')?.body.inode);
    assert.equal(of('bpf.opened')?.object, program);
    assert.equal(of('bpf.map.created')?.object, map);
    assert.equal(of('bpf.map.frozen')?.object, map);
    assert.deepEqual([of('bpf.grabbed')?.object, of('bpf.grabbed')?.ours], [`map ${ours?.id}`, true]);
    assert.equal(of('bpf.map.changed.failed')?.object, `map ${ours?.id}`);
    const failed = of('bpf.load.failed');
    assert.equal(failed?.body.error, 'EACCES');
    assert.match(String(failed?.body.usually), /may not do/);
    assert.equal(failed?.body.verifier, undefined, 'it asked for no log');
    assert.deepEqual(failed?.body.program, {
      type: 'socket_filter',
      name: 'o_bad',
      insns: 3,
      attachType: 'cgroup_inet_ingress',
    });
  });

  it('tells what the verifier said of a program that it refused, where the loader asked for it', () => {
    const one = ran(labLoads(), ['refused', '0']);
    const [failed, ...more] = at.taken(one.pid).filter(({ type }) => type === 'bpf.load.failed');
    assert.equal(more.length, 0);
    const said = failed?.body.verifier as string[];
    assert.ok(said.length > 1 && said.length <= 4, JSON.stringify(said));
    assert.ok(
      said.some((line) => /^R5 !read_ok$/.test(line)),
      JSON.stringify(said),
    );
    assert.match(said.at(-1) ?? '', /^processed \d+ insns/);
    const log = one.out.split('\n');
    assert.ok(
      said.every((line) => log.some((printed) => printed.includes(line))),
      'the loader saw the same',
    );
  });

  it('sees a load refused to a user without any right', () => {
    const one = ran(labLoads(), ['plain', '4321']);
    assert.match(one.out, /t_plain failed 1/);
    const failed = at.taken(one.pid).find(({ type }) => type === 'bpf.load.failed');
    assert.deepEqual(
      [failed?.body.error, failed?.by?.uid, (failed?.body.program as { name: string } | undefined)?.name],
      ['EPERM', 4321, 't_plain'],
    );
  });

  it(`loses none of ${MANY} loads in a row`, async () => {
    at.taken();
    const one = await loader(['many', MANY], 1);
    const told: BpfActivity[] = [];
    const ids = (type: string) => new Set(told.filter((a) => a.type === type).map(({ object }) => object));
    for (let tries = 600; tries > 0 && ids('bpf.unload').size < MANY; tries--) {
      told.push(...at.taken(one.pid));
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await one.end();
    assert.equal(one.lines[0], 'failed 0');
    assert.equal(at.watch.sight.lost, 0);
    assert.equal(ids('bpf.load.done').size, MANY);
    assert.equal(ids('bpf.unload').size, MANY);
    const paths = told.filter(({ type }) => type === 'bpf.load.done').map(({ by }) => by?.exe?.path);
    assert.deepEqual([...new Set(paths)], [labLoads()]);
    await logged.settled();
    const records = log.read({ type: 'bpf.load.done', limit: 2 * MANY + 1000 });
    assert.equal(records.filter(({ body }) => (body.by as { pid: number }).pid === one.pid).length, MANY);
    await new Promise((resolve) => setTimeout(resolve, 2200));
    at.watch.look();
    assert.deepEqual(
      at.told.filter(({ type }) => /^bpf\.(gap|missed|vanished|hidden)/.test(type)),
      [],
    );
  });

  it('sees what bpftrace loads and attaches', (t) => {
    if (!there('bpftrace')) return t.skip('bpftrace is not installed');
    at.taken();
    const script =
      'tracepoint:sched:sched_process_fork { @ = count(); } kprobe:vfs_truncate { @k = count(); } BEGIN { exit(); }';
    const one = ran('bpftrace', ['-e', script]);
    const told = at.taken(one.pid);
    if (!told.some(({ type }) => type === 'bpf.attach.done'))
      return t.skip(`bpftrace attached nothing here: ${one.out.trim().slice(0, 300)}`);
    const targets = told
      .filter(({ type }) => type === 'bpf.attach.done')
      .map(({ body }) => String(body.target ?? (body.link as { target?: string })?.target));
    assert.ok(
      targets.some((target) => /sched_process_fork/.test(target)),
      targets.join(),
    );
    assert.ok(
      targets.some((target) => /vfs_truncate/.test(target)),
      targets.join(),
    );
    assert.ok(told.filter(({ type }) => type === 'bpf.load.done').length >= 2);
    assert.ok(told.every(({ by }) => /bpftrace/.test(by?.exe?.path ?? '')));
  });

  it('sees what systemd loads for its units, and where it puts it', async (t) => {
    if (!existsSync(SYSTEMD)) return t.skip('systemd is not installed');
    at.taken();
    const system = bootSystemd({
      addresses: 'IPAddressDeny=any\nIPAddressAllow=127.0.0.1',
      few: 'DevicePolicy=closed',
    });
    const loaded = () => bpftool('prog').filter(({ name }) => String(name).startsWith('sd_'));
    let shown: Shown[] = [];
    for (let look = 0; look < SYSTEMD_LOOKS && shown.length < SYSTEMD_PROGRAMS; look++) {
      await sleep(SYSTEMD_LOOK_MS);
      shown = loaded();
    }
    await sleep(SYSTEMD_LOOK_MS); // each is put somewhere once it is loaded
    await system.end();
    if (shown.length === 0) return t.skip(`systemd did not come up on ${KERNEL}, or loads nothing there`);
    const told = at.taken().filter(({ by }) => by?.exe?.path === SYSTEMD);
    const of = (type: string) => told.filter((one) => one.type === type);
    const ids = (activities: BpfActivity[]) => new Set(activities.map(({ object }) => object));
    for (const { id } of shown) {
      assert.ok(ids(of('bpf.load.done')).has(`program ${id}`), `load of ${id}`);
      assert.ok(ids(of('bpf.attach.done')).has(`program ${id}`), `attachment of ${id}`);
    }
    assert.deepEqual(
      [...new Set(of('bpf.attach.done').map(({ body }) => `${body.attachType} ${body.target}`))].sort(),
      [
        'cgroup_device cgroup /tracegate-systemd/system.slice/few.service',
        'cgroup_inet_egress cgroup /tracegate-systemd/system.slice/addresses.service',
        'cgroup_inet_ingress cgroup /tracegate-systemd/system.slice/addresses.service',
      ],
    );
    assert.ok(told.every(({ by }) => by?.uid === 0 && by.pid !== system.pid));
  });

  describe('where tasks are stopped in the middle of programs', { skip: oneModeOnly }, () => {
    const asFound = oneModeOnly ? '' : preemption();
    before(() => preempt('full'));
    after(() => preempt(asFound));

    it('each load by a crowd is told once, though what watches functions is left out for most of it', async () => {
      const toldOf = (program: string) =>
        at.told.filter(({ type, by }) => type === 'bpf.load.done' && by?.comm === program).length;
      at.watch.look();
      const before = toldOf('crowd');
      const { made, failed, error } = tried('bpf-load', PLACE);
      assert.equal(failed, 0, error);
      // who unloads may be stopped in the middle of a record: those behind it are read once it is whole
      for (let looks = 100; looks > 0 && toldOf('crowd') - before < made; looks--) {
        at.taken();
        await sleep(20);
      }
      at.taken();
      assert.ok(made > 100, `${made} made`);
      assert.equal(toldOf('crowd') - before, made);
    });

    it('says what it may miss there', () => {
      assert.match(at.watch.sight.blind.join(), /but for loads, .*stopped in what watches it.*preempt=full/);
    });
  });
});

describe('the watch over eBPF where only tracepoints are to be had', () => {
  let at: BpfBench;
  before(() => {
    at = openBpfBench({ degraded: true });
  });
  after(() => at.close());

  it('says so, and what it does not see', () => {
    const { view, blind } = at.watch.sight;
    assert.equal(view, 'degraded');
    assert.ok(blind.some((what) => /who unloads/.test(what)));
  });

  it('sees loads, failed ones and links by the syscall, and what has gone by looking', async () => {
    const one = await loader(['attach', 'raw_tracepoint', 0, 'sched_process_exit'], 2);
    const told = at.taken(one.pid);
    const program = `program ${idIn(one.lines, 'program')}`;
    assert.equal(told.find(({ type }) => type === 'bpf.load.done')?.object, program);
    const attach = told.find(({ type }) => type === 'bpf.attach.done');
    assert.deepEqual(
      [attach?.object, (attach?.body.link as { target: string } | undefined)?.target],
      [program, 'raw tracepoint sched_process_exit'],
    );
    assert.match(attach?.by?.exe?.path ?? '', /\/loads$/);
    assert.ok(
      at.watch.inventory().programs.some((p) => `program ${p.id}` === program && p.by?.pid === one.pid),
    );
    await one.end();
    const plain = ran(labLoads(), ['plain', '4321']);
    assert.equal(at.taken(plain.pid).find(({ type }) => type === 'bpf.load.failed')?.body.error, 'EPERM');
    at.watch.inventory();
    const vanished = at.taken().filter(({ type }) => type === 'bpf.vanished');
    assert.ok(
      vanished.some(({ object }) => object === program),
      JSON.stringify(vanished),
    );
  });
});
