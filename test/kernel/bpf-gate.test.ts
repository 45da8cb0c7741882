// SPDX-License-Identifier: Apache-2.0
/** The gate for loads of BPF programs on a real kernel: who gets in, who does not, and what is written down. */
import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { GateMode } from '../../src/model/bpf-gate.ts';
import { congestionOps } from './bpf-fixture.ts';
import { BY, digestOf, type GateBench, openGate, SETTLED_MS } from './gate-fixture.ts';
import { type Bench, labProgram, PLACE, type Ran, run } from './runtime-fixture.ts';

const DIR = join(PLACE, 'gate');
const [LISTED, OTHER, PYTHON] = [join(DIR, 'listed'), join(DIR, 'other'), join(DIR, 'python3.11')];
const PINS = '/sys/fs/bpf/of-strangers';
const KPROBE = '2';
const LSM = '29';

let at: GateBench;
let bench: Bench;
const told = (type?: string) => at.told(type);
const set = (mode: GateMode) => at.set(mode);
const readAgain = () => at.readAgain();
const nothingWasLoaded = (attempt: () => unknown) => at.nothingWasLoaded(attempt);

/** The same program, with a byte more. */
function makeOther(): void {
  copyFileSync(labProgram('bpf_loads'), OTHER);
  appendFileSync(OTHER, '!');
}

describe('the gate', () => {
  before(async () => {
    rmSync(DIR, { recursive: true, force: true });
    mkdirSync(DIR, { recursive: true });
    copyFileSync(labProgram('bpf_loads'), LISTED);
    makeOther();
    copyFileSync('/usr/bin/python3.11', PYTHON);
    const types = ['socket_filter', 'raw_tracepoint', 'cgroup_skb', 'lsm', 'tracing'];
    at = await openGate(LISTED, [{ path: LISTED, sha256: [digestOf(LISTED)], types }, { path: PYTHON }]);
    bench = at.bench;
  });

  after(async () => {
    await at.close();
    for (const name of existsSync(PINS) ? readdirSync(PINS) : []) rmSync(join(PINS, name));
  });

  it('looks at nothing while it is off, and lets in and writes down while it watches', async () => {
    assert.match(run(OTHER, ['load']).out, /^id/);
    assert.deepEqual(await told(), []);
    await sleep(SETTLED_MS);
    await set('monitor');
    assert.match(run(OTHER, ['load']).out, /^id/);
    const records = await told();
    assert.deepEqual(
      records
        .filter(({ type }) => type === 'bpf_gate_mode')
        .map(({ body }) => [body.from, body.to, body.reason]),
      [['off', 'monitor', 'a test']],
    );
    const [would, ...more] = records.filter(({ type }) => type === 'bpf_gate_would_deny');
    assert.equal(more.length, 0);
    assert.equal(would?.body.rule, 'BPG-901');
    assert.deepEqual(would.body.loader, {
      path: OTHER,
      digest: digestOf(OTHER),
      state: 'unknown',
      inode: (would.body.loader as { inode: object }).inode,
    });
    assert.deepEqual(would.body.program, { type: 'socket_filter', name: 'loads', attachType: 0, target: 0 });
    assert.equal((would.body.process as { uid: number }).uid, 0);
  });

  it('keeps everybody out who is not the listed file, as it was when it was read', async () => {
    await set('enforce');
    assert.match(run(LISTED, ['load']).out, /^id \d+$/);
    await told();
    const same = join(DIR, 'same');
    copyFileSync(LISTED, same);
    const deleted = join(DIR, 'deleted');
    copyFileSync(OTHER, deleted);
    const attempts: [string, () => Ran][] = [
      ['a copy', () => run(same, ['load'])],
      ['a copy with a changed byte', () => run(OTHER, ['load'])],
      ['a copy that was deleted', () => run(deleted, ['deleted'])],
      ['a copy in memory', () => run(OTHER, ['memory', LISTED])],
      ['another user', () => run(LISTED, ['user', '1000'])],
      ['a user namespace', () => run(LISTED, ['userns'])],
      ['a pid namespace', () => run(LISTED, ['pidns'])],
      ['a type that is not listed', () => run(LISTED, ['load', KPROBE])],
      ['a name like ours', () => run(LISTED, ['named', 'tg_verdict'])],
      ['a pin', () => run(OTHER, ['pinned', join(PINS, 'x')])],
    ];
    await nothingWasLoaded(() => {
      for (const [what, attempt] of attempts) assert.match(attempt().out, /^errno 1$/, what);
    });
    const records = await told('bpf_gate_denied');
    // where the kernel itself denies a user namespace, the gate is not asked
    const rules = records.filter(({ body }) => body.place !== 'user namespace').map(({ body }) => body.rule);
    assert.deepEqual(rules, [
      ...['BPG-901', 'BPG-901', 'BPG-901', 'BPG-901', 'BPG-902', 'BPG-902', 'BPG-901', 'BPG-907', 'BPG-901'],
    ]);
    assert.ok(records.every(({ body }) => body.denied === true));
  });

  it('keeps an interpreter out, whoever listed it', async () => {
    const script = join(DIR, 'load.py');
    writeFileSync(
      script,
      `import ctypes
code = (ctypes.c_ulonglong * 2)(0xb7, 0x95)
attr = (ctypes.c_ubyte * 128)()
ctypes.memmove(attr, bytes(ctypes.c_uint(1)) + bytes(ctypes.c_uint(2)) + bytes(ctypes.c_ulonglong(ctypes.addressof(code))) + bytes(ctypes.c_ulonglong(ctypes.addressof(ctypes.create_string_buffer(b"GPL")))), 24)
libc = ctypes.CDLL(None, use_errno=True)
print("fd" if libc.syscall(321, 5, attr, 128) >= 0 else f"errno {ctypes.get_errno()}")
`,
    );
    await nothingWasLoaded(() => {
      const { out } = run('env', ['PYTHONHOME=/usr', PYTHON, '-S', script]);
      assert.equal(out, 'errno 1');
    });
    const [record] = await told('bpf_gate_denied');
    assert.equal(record?.body.rule, 'BPG-913');
    assert.match(String(record?.body.message), /python3\.11/);
  });

  it('is not taken in by another file in the place of the listed one', async () => {
    const aside = join(DIR, 'aside');
    const ways: [string, () => void, () => void][] = [
      [
        'written over',
        () => appendFileSync(LISTED, '!'),
        () => copyFileSync(labProgram('bpf_loads'), LISTED),
      ],
      ['a link to it', () => linkSync(OTHER, LISTED), () => rmSync(LISTED)],
      ['a symbolic link', () => symlinkSync(OTHER, LISTED), () => rmSync(LISTED)],
      [
        'a mount over it',
        () => {
          copyFileSync(labProgram('bpf_loads'), LISTED);
          run('mount', ['--bind', OTHER, LISTED]);
        },
        () => {
          run('umount', [LISTED]);
          rmSync(LISTED);
        },
      ],
      ['one that was open before', () => copyFileSync(OTHER, LISTED), () => rmSync(LISTED)],
    ];
    for (const [what, put, takeAway] of ways) {
      if (what !== 'written over') renameSync(LISTED, aside);
      put();
      const command = what === 'one that was open before' ? ['opened', OTHER, LISTED] : ['load'];
      const { out } = run(what === 'one that was open before' ? OTHER : LISTED, command);
      assert.equal(out, 'errno 1', what);
      await sleep(SETTLED_MS);
      await at.keeper.look();
      assert.equal(run(LISTED, ['load']).out, 'errno 1', `${what}, after it was read again`);
      takeAway();
      if (!existsSync(OTHER)) makeOther();
      if (what !== 'written over') renameSync(aside, LISTED);
      await readAgain();
    }
  });

  it('keeps out who is traced, and who would trace a loader or be another', async () => {
    assert.equal(run(OTHER, ['traced', LISTED]).out, 'errno 1');
    const sleeper: ChildProcess = spawn(LISTED, ['sleep', '60'], { stdio: ['ignore', 'pipe', 'ignore'] });
    await new Promise((resolve) => sleeper.stdout?.once('data', resolve));
    assert.equal(run(OTHER, ['attach', String(sleeper.pid)]).out, 'errno 1');
    sleeper.kill('SIGKILL');
    assert.equal(run(OTHER, ['attach', String(process.pid)]).out, 'errno 1', 'the agent');
    assert.equal(run(OTHER, ['exe', LISTED]).out, 'errno 1');
    assert.deepEqual(
      (await told('bpf_gate_ours')).map(({ body }) => [body.request, body.denied]),
      [
        ['start of a known loader while traced', true],
        ['trace of a known loader', true],
        ['trace of the agent', true],
        ['another executable for itself', true],
      ],
    );
  });

  it('gives no token to a user namespace, nor lets one in that has one', async (t) => {
    await set('monitor');
    const { out } = run(LISTED, ['token']);
    await set('enforce');
    if (out.includes('no tokens')) return t.skip('this kernel has no BPF tokens');
    assert.match(out, /^id \d+$/, 'with a token it could');
    const would = (await told('bpf_gate_would_deny')).map(({ body }) => [
      body.request,
      body.rule,
      body.place,
    ]);
    assert.deepEqual(would, [
      ['token', 'BPG-902', 'user namespace'],
      ['load', 'BPG-902', 'user namespace'],
    ]);
    await nothingWasLoaded(() => assert.equal(run(LISTED, ['token']).out, 'errno 1'));
    assert.deepEqual(
      (await told('bpf_gate_denied')).map(({ body }) => body.request),
      ['token'],
    );
  });

  it('gives a loaded program to nobody who may not load it', async () => {
    mkdirSync(PINS, { recursive: true });
    assert.match(run(LISTED, ['pinned', join(PINS, 'raw')]).out, /^id/);
    assert.match(run(LISTED, ['pinned', join(PINS, 'skb'), '8']).out, /^id/);
    assert.equal(run(OTHER, ['raw', join(PINS, 'raw')]).out, 'errno 1');
    assert.equal(run(OTHER, ['link', join(PINS, 'skb'), '/sys/fs/cgroup']).out, 'errno 1');
    assert.equal(run(OTHER, ['repin', join(PINS, 'raw'), join(PINS, 'again')]).out, 'errno 1');
    const socket = join(DIR, 'socket');
    const sender = spawn(LISTED, ['sends', socket], { stdio: 'ignore' });
    assert.equal(run(OTHER, ['receives', socket]).out, 'errno 1');
    sender.kill('SIGKILL');
    assert.match(run(LISTED, ['raw', join(PINS, 'raw')]).out, /^id/);
    assert.deepEqual(
      (await told('bpf_gate_denied')).map(({ body }) => body.request),
      ['attach', 'attach', 'pin', 'attach'],
    );
  });

  it('lets no stranger put struct_ops in force, whoever made the programs', async () => {
    const places = join(DIR, 'places');
    copyFileSync(labProgram('bpf_places'), places);
    await told();
    const { out } = run(places, ['struct_ops', '0', ...congestionOps().map(String)]);
    assert.match(out, /^map done \d+$/m, 'the map alone does nothing');
    assert.match(out, /^attach failed 1$/m, 'without programs the kernel itself would say 22');
    assert.deepEqual(
      (await told('bpf_gate_denied')).map(({ body }) => [
        body.request,
        (body.program as { type: string }).type,
      ]),
      [...Array.from({ length: 3 }, () => ['load', 'struct_ops']), ['attach', 'struct_ops']],
    );
  });

  it('lets nobody hook what guards BPF', async () => {
    const btfId = (name: string) =>
      String(
        bench.runtime.facts({
          functions: [name],
          tracepoints: [],
          rawTracepoints: [],
          syscalls: [],
          places: [],
        }).functions[name]?.btfId,
      );
    assert.equal(run(LISTED, ['load', LSM, '27', btfId('bpf_lsm_bpf')]).out, 'errno 1');
    assert.equal(run(LISTED, ['load', '26', '24', btfId('__sys_bpf')]).out, 'errno 1');
    assert.deepEqual(
      (await told('bpf_gate_denied')).map(({ body }) => body.rule),
      ['BPG-903', 'BPG-903'],
    );
  });

  it('guards what is ours: no stranger opens, detaches, unpins or unmounts it', async () => {
    const { native } = bench.runtime;
    const pin = join(bench.bpffsDir, 'link-gate-bpf');
    const link = native.linkInfo(native.getPinned(pin));
    const map = join(bench.bpffsDir, 'maps/tg_control');
    const mapId = native.mapInfo(native.getPinned(map)).id;
    await told();
    for (const args of [
      ['byid', '13', String(link.progId)],
      ['byid', '14', String(mapId)],
      ['byid', '30', String(link.id)],
      ['get', map],
    ])
      assert.equal(run(OTHER, args).out, 'errno 1', args.join(' '));
    for (const command of [
      ['rm', '-f', pin],
      ['mv', pin, `${pin}-away`],
      ['rm', '-rf', bench.bpffsDir],
      ['umount', '-l', '/sys/fs/bpf'],
    ])
      assert.notEqual(run(command[0] as string, command.slice(1)).status, 0, command.join(' '));
    assert.ok(existsSync(pin) && existsSync(map));
    assert.equal(run(OTHER, ['load']).out, 'errno 1');
    const requests = new Set((await told('bpf_gate_ours')).map(({ body }) => body.request));
    assert.deepEqual(
      [...requests],
      ['open of an object of ours', 'removal of a pin or file of ours', 'unmount of what our pins lie on'],
    );
  });

  it('loses no record of many loads by racing threads, and lets none of them in', async () => {
    await told();
    await nothingWasLoaded(() => assert.equal(run(OTHER, ['many', '4', '500']).out, 'loaded 0'));
    assert.equal((await told('bpf_gate_denied')).length, 2000);
    assert.equal(run(LISTED, ['many', '1', '50']).out, 'loaded 50');
  });

  it('is opened by a suspension and by tracegate-off', async () => {
    assert.equal(run(OTHER, ['load']).out, 'errno 1');
    bench.runtime.host.suspend();
    assert.match(run(OTHER, ['load']).out, /^id/);
    bench.runtime.host.resume();
    assert.equal(run(OTHER, ['load']).out, 'errno 1');
    execFileSync(String(bench.wayOut), ['--pins', bench.bpffsDir]);
    assert.match(run(OTHER, ['load']).out, /^id/);
    bench.runtime.host.resume();
    assert.equal(run(OTHER, ['load']).out, 'errno 1');
  });

  it('lets in what the accepted baseline has, and tells only what is new', async () => {
    await set('monitor');
    const change = (action: 'start' | 'end' | 'accept') =>
      at.keeper.changeBaseline({ action, reason: 'a test', by: BY });
    await change('start');
    run(OTHER, ['load']);
    run(OTHER, ['load']);
    await change('end');
    await told();
    run(OTHER, ['load']);
    assert.deepEqual(await told('bpf_gate_new'), []);
    run(OTHER, ['named', 'another']);
    run(OTHER, ['named', 'another']);
    assert.equal((await told('bpf_gate_new')).length, 1);
    const { entries } = await change('accept');
    assert.deepEqual(
      entries.map(({ name, count, seen: how, accepted }) => [name, count, how, accepted]),
      [
        ['loads', 3, 'learned', true],
        ['another', 2, 'new', true],
      ],
    );
    await set('enforce');
    assert.match(run(OTHER, ['load']).out, /^id/);
    assert.equal(run(OTHER, ['load', KPROBE]).out, 'errno 1');
  });
});
