// SPDX-License-Identifier: Apache-2.0
/** Events that are the same: one is told, then how many more there were; no event is neither told nor counted. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TraceEvent } from '../../src/model/event.ts';
import { python } from './python.ts';
import { type Bench, openBench, PLACE, put } from './runtime-fixture.ts';

const PROGRAM = join(PLACE, 'aggregate.py');
const NAME = '/no/such/place/same';
/** They differ behind the first bytes. */
const LONG = `${NAME}-${'x'.repeat(200)}`;
/** A prime. */
const CALLS = 101;

/** Calls access so many times with each name in turn; in another process after `fork`, in another thread after `thread`. */
const TEXT = `
import os, sys, threading
def call(names):
    for at, name in enumerate(names):
        if name == 'fork':
            if os.fork(): return os.wait()
        elif name == 'exec': os.execv(sys.executable, [sys.executable, sys.argv[0], *names[at + 1:]])
        elif name == 'thread':
            one = threading.Thread(target=call, args=(names[at + 1:],))
            one.start()
            return one.join()
        else:
            times, _, path = name.partition(':')
            for _ in range(int(times)): os.access(path, os.F_OK)
call(sys.argv[1:])
`;

const args = [{ index: 0, type: 'string' }];
const hook = (message: string) => ({
  ...{ call: 'sys_access', message, args },
  selectors: [{ matchArgs: [{ index: 0, operator: 'Prefix', values: [NAME] }] }],
});
const countOf = ({ tracegate }: TraceEvent) => Number(tracegate?.aggregated?.count ?? 0);
/** How many events a line stands for. */
const standsFor = (event: TraceEvent) => (event.tracegate?.aggregated ? countOf(event) : 1);

describe('events that are the same', () => {
  let bench: Bench;
  before(() => {
    bench = openBench();
    writeFileSync(PROGRAM, TEXT);
  });
  after(() => bench.close());

  const counters = () => {
    const { posted, aggregated, lost } = bench.runtime.counters('probe');
    return { posted, aggregated, lost };
  };
  const names = (events: TraceEvent[]) =>
    events.map((e) => [String(e.process_kprobe?.args?.[0]?.string_arg), countOf(e)]);

  it('are told once, and once more with their number and times when the time is over', async () => {
    put(bench, { kprobes: [hook('one')] }, { 'tracegate.io/aggregate': '3s' });
    const before = counters();
    await startOfInterval(3);
    python(PROGRAM, `${CALLS}:${NAME}`);
    const [first, ...more] = bench.taken('probe');
    assert.deepEqual(more, []);
    assert.equal(first?.tracegate?.aggregated, undefined);
    bench.aggregates.look();
    assert.deepEqual(bench.taken('probe'), []);
    await sleep(4500);
    bench.aggregates.look();
    const [last, ...none] = bench.taken('probe');
    assert.deepEqual(none, []);
    const { count, first: from = '', last: to = '' } = last?.tracegate?.aggregated ?? {};
    assert.equal(count, String(CALLS - 1));
    assert.ok((first?.time ?? '') < from && from < to && to === last?.time, `${first?.time} ${from} ${to}`);
    const { tracegate: a, time: _, ...told } = first ?? {};
    const { tracegate: b, time: __, ...again } = last ?? {};
    assert.deepEqual(again, told);
    assert.deepEqual({ ...b, aggregated: undefined }, { ...a, aggregated: undefined });
    assert.deepEqual(counters(), {
      ...before,
      posted: before.posted + 1,
      aggregated: before.aggregated + CALLS - 1,
    });
    bench.aggregates.look();
    assert.deepEqual(bench.taken('probe'), []);
  });

  it('have the same values to their ends, the same process and the same program; the thread does not matter', () => {
    put(bench, { kprobes: [hook('one')] }, { 'tracegate.io/aggregate': '1h' });
    const of = (...calls: string[]) => {
      python(PROGRAM, ...calls);
      return bench.taken('probe').length;
    };
    assert.equal(of(`2:${LONG}a`, `2:${LONG}b`, `2:${LONG}a`), 2);
    assert.equal(of(`2:${NAME}`, 'thread', `2:${NAME}`), 1);
    assert.equal(of(`2:${NAME}`, 'fork', `2:${NAME}`), 2);
    assert.equal(of(`2:${NAME}`, 'exec', `2:${NAME}`), 2);
    bench.aggregates.look(true);
    assert.deepEqual(bench.taken('probe').map(countOf).sort(), [1, 1, 1, 1, 1, 3, 3]);
  });

  it('are of one hook each, and add up to all there were', () => {
    put(bench, { kprobes: [hook('one'), hook('other')] }, { 'tracegate.io/aggregate': '1h' });
    const before = counters();
    const calls = Array.from({ length: 7 }, (_, i) => `${CALLS}:${NAME}${i}`);
    python(PROGRAM, ...calls, ...calls);
    const told = bench.taken('probe');
    assert.equal(told.length, 14);
    bench.aggregates.look(true);
    const more = bench.taken('probe');
    assert.deepEqual(
      names(more).sort(),
      [...Array(7).keys()].flatMap((i) => Array(2).fill([`${NAME}${i}`, 2 * CALLS - 1])),
    );
    const all = [...told, ...more].reduce((sum, e) => sum + standsFor(e), 0);
    assert.equal(all, 2 * 14 * CALLS);
    const { posted, aggregated, lost } = counters();
    assert.equal(posted - before.posted + aggregated - before.aggregated, all);
    assert.equal(lost, before.lost);
    assert.equal(bench.aggregates.untold, 0n);
  });

  it('are each told where the call was denied', () => {
    const matchArgs = [{ index: 0, operator: 'Equal', values: [NAME] }];
    const matchActions = [{ action: 'Override', argError: -1 }];
    put(
      bench,
      { kprobes: [{ call: 'sys_symlinkat', args, selectors: [{ matchArgs, matchActions }] }] },
      { 'tracegate.io/aggregate': '1h' },
    );
    const link = join(PLACE, 'aggregate-link');
    const before = counters().aggregated;
    const script = `import os\nfor _ in range(3):\n try: os.symlink('${NAME}', '${link}')\n except OSError: pass`;
    python('-c', script);
    assert.equal(bench.taken('probe').length, 3);
    bench.runtime.setMode('probe', 'monitor');
    python('-c', script);
    const [first, ...more] = bench.taken('probe');
    assert.equal(first?.tracegate?.would_have, true);
    assert.equal(more.length + counters().aggregated - before, 2);
    assert.equal(bench.runtime.counters('probe').wouldHave, 3);
    bench.aggregates.look(true);
  });
});

/** Waits until an interval since boot has just begun. */
async function startOfInterval(seconds: number): Promise<void> {
  const clock = Number(process.hrtime.bigint() / 1_000_000n) % (seconds * 1000);
  await sleep(seconds * 1000 - clock + 20);
}
