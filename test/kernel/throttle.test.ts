// SPDX-License-Identifier: Apache-2.0
/** How much a cgroup may tell: what is held back and counted, when that is told, and that no denial is. */
import assert from 'node:assert/strict';
import { mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TraceEvent } from '../../src/model/event.ts';
import { python } from './python.ts';
import { type Bench, ownBench, PLACE, put, run } from './runtime-fixture.ts';

const PROGRAM = join(PLACE, 'throttle.py');
const NAME = '/no/such/place/throttled';
const CGROUPS = '/sys/fs/cgroup';
/** A prime, and above all bounds here. */
const CALLS = 47;
const BOUND = 11;

/** Joins the cgroup, and calls access so many times, each with another name. */
const TEXT = `
import os, sys
cgroup, name, calls = sys.argv[1], sys.argv[2], int(sys.argv[3])
with open(os.path.join('${CGROUPS}', cgroup, 'cgroup.procs'), 'w') as procs: procs.write(str(os.getpid()))
for i in range(calls): os.access(f'{name}-{i}', os.F_OK)
`;

const args = [{ index: 0, type: 'string' }];
const posts = (message: string, operator = 'Prefix') => ({
  ...{ call: 'sys_access', message, args },
  selectors: [{ matchArgs: [{ index: 0, operator, values: [NAME] }] }],
});
const ofThrottle = (events: TraceEvent[]) =>
  events.flatMap(({ process_throttle: told, tracegate }) => (told ? [{ ...told, ...tracegate }] : []));

describe('what a cgroup may tell', () => {
  let bench: Bench;
  const names = ['tg-loud', 'tg-other'];
  before(() => {
    bench = ownBench({ cgroupRate: { events: 3 * BOUND, intervalMs: 60_000 } });
    writeFileSync(PROGRAM, TEXT);
    for (const name of names) mkdirSync(join(CGROUPS, name), { recursive: true });
  });
  after(() => {
    bench.close();
    for (const name of names) rmdirSync(join(CGROUPS, name));
  });

  const call = (cgroup: string, calls = CALLS) => python(PROGRAM, cgroup, NAME, String(calls));
  const counters = () => bench.runtime.counters('probe');
  const messages = () =>
    bench.taken('probe').reduce<Record<string, number>>((counts, { process_kprobe: e }) => {
      const message = e?.message ?? '';
      return Object.assign(counts, { [message]: (counts[message] ?? 0) + 1 });
    }, {});
  const looked = () => {
    bench.events.length = 0;
    bench.throttles.look();
    return ofThrottle(bench.events);
  };

  it('is bounded for each hook and each cgroup, and what is more is counted', async () => {
    const bounded = { 'tracegate.io/throttle': `${BOUND}/2s` };
    put(bench, { kprobes: [posts('one'), posts('other')] }, bounded);
    call('tg-loud');
    assert.deepEqual(messages(), { one: BOUND, other: BOUND });
    const { posted, throttled } = counters();
    assert.deepEqual({ posted, throttled }, { posted: 2 * BOUND, throttled: 2 * (CALLS - BOUND) });
    const begun = looked();
    assert.deepEqual(
      begun.map(({ type, cgroup, throttled: of, policy_name }) => ({ type, cgroup, of, policy_name })),
      Array(2).fill({ type: 'THROTTLE_START', cgroup: 'tg-loud', of: 'hook', policy_name: 'probe' }),
    );
    assert.deepEqual(looked(), []);
    call('tg-other', BOUND);
    assert.deepEqual(messages(), { one: BOUND, other: BOUND });
    assert.deepEqual(looked(), []);
    await sleep(2100);
    const ended = looked().map(({ type, cgroup }) => ({ type, cgroup }));
    assert.deepEqual(ended, Array(2).fill({ type: 'THROTTLE_STOP', cgroup: 'tg-loud' }));
    put(bench, { kprobes: [posts('one')] }, bounded);
    call('tg-other', 2);
    assert.deepEqual(messages(), { one: 2 });
  });

  it('is bounded by the agent for all policies together', () => {
    put(bench, { kprobes: [posts('one')] });
    mkdirSync(join(CGROUPS, 'tg-third'), { recursive: true });
    call('tg-third');
    rmdirSync(join(CGROUPS, 'tg-third'));
    assert.deepEqual(messages(), { one: 3 * BOUND });
    const begun = looked().filter(({ throttled }) => throttled === 'policies');
    assert.deepEqual(
      begun.map(({ type, cgroup }) => ({ type, cgroup })),
      [{ type: 'THROTTLE_START', cgroup: 'tg-third' }],
    );
  });

  it('holds no denial back', () => {
    const matchArgs = [{ index: 0, operator: 'Prefix', values: [NAME] }];
    const deny = [{ action: 'Override', argError: -1 }];
    put(
      bench,
      { kprobes: [{ call: 'sys_symlinkat', args, selectors: [{ matchArgs, matchActions: deny }] }] },
      { 'tracegate.io/throttle': '1/1h' },
    );
    const before = counters().throttled;
    for (let i = 0; i < 3; i++)
      assert.match(run('ln', ['-s', NAME, join(PLACE, `throttle${i}`)]).out, /not permitted/);
    assert.equal(bench.taken('probe').length, 3);
    assert.deepEqual([counters().throttled - before, counters().denied], [0, 3]);
    bench.runtime.setMode('probe', 'monitor');
    for (let i = 0; i < 3; i++) run('ln', ['-s', NAME, join(PLACE, `throttle${i}`)]);
    assert.equal(bench.taken('probe').length, 1);
    assert.deepEqual([counters().throttled - before, counters().wouldHave], [2, 3]);
  });

  it('holds the lines of processes back, and none of what is known of them', () => {
    const before = bench.runtime.stats().throttled;
    mkdirSync(join(CGROUPS, 'tg-fourth'), { recursive: true });
    const times = 4 * BOUND;
    bench.runtime.drain();
    bench.events.length = 0;
    const script = `echo $$ > ${CGROUPS}/tg-fourth/cgroup.procs; for i in $(seq ${times}); do /bin/true $i; done`;
    run('sh', ['-c', script]);
    bench.runtime.drain();
    const lines = bench.events.filter(({ process_exec: e }) => e?.process.binary === '/usr/bin/true');
    rmdirSync(join(CGROUPS, 'tg-fourth'));
    const held = bench.runtime.stats().throttled - before;
    assert.ok(lines.length > 0 && lines.length < times / 2, `${lines.length} of ${times}`);
    assert.ok(held > times, `${held} held back`);
    const begun = looked().filter(({ throttled }) => throttled === 'processes');
    assert.ok(begun.some(({ cgroup }) => cgroup === 'tg-fourth'));
  });
});
