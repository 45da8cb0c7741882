// SPDX-License-Identifier: Apache-2.0
/** The ways out on a real kernel: suspended, resumed, over by itself, and tracegate-off when nothing else is left. */
import assert from 'node:assert/strict';
import { copyFileSync, existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { LAYOUT_FOLDER } from '../../src/runtime/map-shapes.ts';
import { type Bench, ownBench, PLACE, policyText, run } from './runtime-fixture.ts';

const LINK = join(PLACE, 'way-out-link');
const NAME = 'restrict-symlink';

/** Whether the call passed; whether a link is there, never what the call returned. */
function linked(): boolean {
  run('ln', ['-s', '/etc/passwd', LINK]);
  const made = readdirSync(PLACE).includes('way-out-link');
  rmSync(LINK, { force: true });
  return made;
}

describe('an Override in force', () => {
  let bench: Bench;
  before(() => {
    bench = ownBench({ bpffsDir: `/sys/fs/bpf/tracegate-way-out-${process.pid}` });
    bench.load(policyText(NAME));
  });
  after(() => {
    bench.runtime.host.resume();
    bench.close();
  });
  const off = (...args: string[]) => run(String(bench.wayOut), [...args, '--pins', bench.bpffsDir]);
  const wouldHave = () => bench.runtime.counters(NAME).wouldHave;

  /** One call while nothing acts: it passes, and the event and the counter say what would have been. */
  function passesAsSuspended(): void {
    const before = wouldHave();
    bench.taken(NAME);
    assert.equal(linked(), true);
    const [event, ...more] = bench.taken(NAME);
    assert.equal(more.length, 0);
    assert.equal(event?.process_kprobe?.action, 'KPROBE_ACTION_OVERRIDE');
    assert.deepEqual(
      [event?.tracegate?.spared, event?.tracegate?.would_have, event?.tracegate?.denied],
      ['suspended', true, undefined],
    );
    assert.equal(wouldHave(), before + 1);
  }

  it('passes everything while the host is suspended, counts what it would have done, and denies again', () => {
    assert.equal(linked(), false);
    bench.runtime.host.suspend();
    passesAsSuspended();
    bench.runtime.host.resume();
    assert.equal(linked(), false);
    assert.equal(bench.taken(NAME).at(-1)?.tracegate?.denied, true);
  });

  it('denies again by itself when its time is over: the kernel looks at its own clock', async () => {
    bench.runtime.host.suspend(4000);
    assert.equal(linked(), true);
    const { leftMs = 0 } = bench.runtime.host.state();
    assert.ok(leftMs > 0 && leftMs <= 4000, String(leftMs));
    await sleep(leftMs + 50);
    assert.equal(linked(), false);
    bench.runtime.host.resume();
  });

  it('passes when it alone is suspended, an update does not end that, another policy goes on', () => {
    const other = policyText(NAME).replace(NAME, 'other').replace('/etc/passwd', '/etc/shadow');
    bench.load(other);
    bench.runtime.suspendPolicy(NAME, true);
    passesAsSuspended();
    assert.equal(run('ln', ['-s', '/etc/shadow', LINK]).status, 1);
    const plan = bench.plan(policyText(NAME).replace('/etc/passwd', '/etc/group'));
    bench.runtime.load({ plan, key: NAME, revision: 9, decisionId: 'd', mode: 'enforce', suspended: true });
    assert.equal(run('ln', ['-s', '/etc/group', LINK]).status, 0);
    rmSync(LINK);
    bench.runtime.suspendPolicy(NAME, false);
    assert.equal(run('ln', ['-s', '/etc/group', LINK]).status, 1);
    bench.runtime.unload('other');
    bench.load(policyText(NAME));
    assert.equal(linked(), false);
  });

  it('is suspended by tracegate-off, for a time or until resumed, and says wrong usage', () => {
    const done = off('--for', '1h');
    assert.equal(done.status, 0, done.out);
    assert.match(done.out, /^suspended: nothing of Tracegate denies or kills/);
    const { suspended, leftMs = 0, unloaded } = bench.runtime.host.state();
    assert.deepEqual([suspended, unloaded], [true, false]);
    assert.ok(leftMs > 3_500_000 && leftMs <= 3_600_000, String(leftMs));
    passesAsSuspended();
    assert.equal(off().status, 0);
    assert.equal(bench.runtime.host.state().leftMs, undefined);
    bench.runtime.host.resume();
    assert.equal(linked(), false);
    for (const wrong of [['--for', 'x'], ['--for', '31d'], ['--of'], ['--unload', '--for', '1m']])
      assert.equal(off(...wrong).status, 2, wrong.join(' '));
    assert.equal(run(String(bench.wayOut), ['--pins', '/sys/fs/bpf/nowhere']).status, 3);
    assert.equal(linked(), false, 'what failed did nothing');
  });

  it('cannot keep tracegate-off from its work: a copy of it is killed, itself is spared', () => {
    const copy = join(PLACE, 'off-copy');
    copyFileSync(String(bench.wayOut), copy);
    bench.load(`apiVersion: cilium.io/v1alpha1
kind: TracingPolicy
metadata:
  name: no-bpf
spec:
  kprobes:
  - call: sys_bpf
    syscall: true
    args:
    - index: 0
      type: int
    selectors:
    - matchBinaries:
      - operator: In
        values: ["${copy}", "${bench.wayOut}"]
      matchActions:
      - action: Sigkill
`);
    assert.equal(run(copy, ['--pins', bench.bpffsDir]).signal, 'SIGKILL');
    assert.equal(bench.runtime.host.state().suspended, false);
    assert.equal(off().status, 0);
    assert.equal(bench.taken('no-bpf').at(-1)?.tracegate?.spared, 'protected');
    bench.runtime.host.resume();
    bench.runtime.unload('no-bpf');
  });

  it('is found changed when somebody unpins it, pins something else, or lets it only watch', () => {
    const { runtime, bpffsDir } = bench;
    const { native } = runtime;
    assert.deepEqual(runtime.drift(), []);
    const [pin = ''] = runtime.policies()[0]?.pins ?? [];
    const map = native.getPinned(join(bpffsDir, 'maps/tg_policies'));
    const slot = Buffer.alloc(4);
    slot.writeUInt32LE(runtime.policies()[0]?.slot ?? 0);
    native.mapUpdate(map, slot, Buffer.alloc(native.mapLookup(map, slot, 16)?.length ?? 0)); // mode 0
    rmSync(join(bpffsDir, 'maps/tg_policies'));
    const stats = join(bpffsDir, 'maps', LAYOUT_FOLDER, 'tg_stats');
    rmSync(stats);
    native.pin(map, stats);
    native.pin(native.getPinned(join(bpffsDir, pin)), join(bpffsDir, 'link-of-somebody'));
    const kinds = () => runtime.drift().map(({ kind, key, what }) => [kind, key, what]);
    const [unpinned, replaced, stray, control, ...more] = kinds();
    assert.deepEqual(unpinned, ['map-unpinned', undefined, 'tg_policies']);
    assert.deepEqual(replaced, ['map-unpinned', undefined, 'tg_stats'], 'another map stood in its place');
    assert.deepEqual(stray, ['unknown-link', undefined, 'link-of-somebody']);
    assert.deepEqual(control?.slice(0, 2), ['control-changed', NAME]);
    assert.deepEqual([more, kinds()], [[], []], 'all of that is put right');
    assert.equal(linked(), false);
    rmSync(join(bpffsDir, pin));
    assert.deepEqual(kinds(), [['link-gone', NAME, pin]]);
    bench.load(policyText(NAME));
    assert.deepEqual([kinds(), linked()], [[], false]);
  });

  it('is out of the kernel after tracegate-off --unload, and forgotten when that is seen', () => {
    const pins = () => readdirSync(bench.bpffsDir).filter((name) => name.startsWith('link-'));
    assert.equal(linked(), false);
    assert.ok(pins().length > 0);
    const done = off('--unload');
    assert.equal(done.status, 0, done.out);
    assert.match(done.out, /^unloaded: [1-9]\d* programs are out of the kernel/);
    assert.deepEqual(pins(), []);
    // the kernel lets go of an unpinned link in its own time
    let told = 1;
    for (let tries = 0; told > 0 && tries < 20; tries++) {
      bench.taken(NAME);
      assert.equal(linked(), true);
      told = bench.taken(NAME).length;
    }
    assert.equal(told, 0, 'no program is left to tell of it');
    assert.equal(bench.runtime.host.state().unloaded, true);
    assert.deepEqual(bench.runtime.forgetUnpinned(), [NAME]);
    assert.deepEqual(bench.runtime.policies(), []);
    bench.runtime.host.resume();
    assert.equal(existsSync(join(bench.bpffsDir, 'off')), false);
    bench.load(policyText(NAME));
    assert.equal(linked(), false);
  });
});
