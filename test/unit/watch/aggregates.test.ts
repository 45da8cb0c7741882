// SPDX-License-Identifier: Apache-2.0
/** What is kept of events that others are the same as, and when it is told again. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TraceEvent } from '../../../src/model/event.ts';
import type { SameEvents } from '../../../src/model/same-events.ts';
import { TG_EVENT_FLAG, TG_KIND } from '../../../src/plan/layout.generated.ts';
import { Aggregates } from '../../../src/watch/aggregates.ts';
import { BootClock } from '../../../src/watch/boot-clock.ts';
import { LineBuffer } from '../../../src/watch/line-buffer.ts';
import { type WatchedHook, Watcher } from '../../../src/watch/watcher.ts';
import { recordBytes } from './kernel-records.ts';

const S = 1_000_000_000n;
const PID = 2 ** 30;
const STARTED = 7n * S;
const HOOK: WatchedHook = {
  ...{
    policyName: 'p',
    revision: 3,
    decisionId: 'd',
    mode: 'enforce',
    mechanism: 'fentry/x',
    aggregateMs: 10_000,
  },
  ...{ guarantee: 'observed', functionName: 'f', isTracepoint: false, args: [{ type: 'string' }], tags: [] },
};
const of = { tgid: PID, tid: PID, start_boot_ns: STARTED };

/** The record of the first of its kind: `hash` is where it stands. */
const first = (text: string, hash: number, atNs: bigint) =>
  recordBytes(
    {
      ...{ kind: TG_KIND.TG_K_HOOK, hook_id: 1, generation: 1, boot_ns: atNs, ...of },
      ...{ flags: TG_EVENT_FLAG.TG_E_FIRST, seen_tgid: hash, seen_tid: 0 },
    },
    [{ bytes: Buffer.from(text) }],
  );
const exec = (binary: string) =>
  recordBytes(
    { kind: TG_KIND.TG_K_EXEC, ...of },
    [binary, '/', ''].map((t) => ({ bytes: Buffer.from(t) })),
  );
const SAME: SameEvents = {
  ...{ hookId: 1, interval: 10, intervalNs: 10n * S, hash: 5n },
  ...{ count: 4n, firstNs: 102n * S, lastNs: 109n * S },
};

function watched() {
  const events: TraceEvent[] = [];
  const state = { nowNs: 101n * S, same: [] as SameEvents[], forgotten: [] as SameEvents[] };
  const aggregates: Aggregates = new Aggregates({
    same: () => state.same,
    forget: (same) => void state.forgotten.push(same),
    drain: () => {},
    nowBootNs: () => state.nowNs,
    tell: (kept, same) => watcher.tellAggregated(kept, same),
  });
  const watcher = new Watcher({
    ...{ nodeName: 'n', clock: new BootClock({ realNs: 0n, bootNs: 0n }) },
    hookOf: (id) => (id === 1 ? HOOK : undefined),
    onEvent: (event) => void events.push(event),
    onFirst: (kept) => aggregates.keep(kept),
  });
  const lookAt = (nowS: number, ...same: Partial<SameEvents>[]) => {
    state.nowNs = BigInt(nowS) * S;
    state.same = same.map((one) => ({ ...SAME, ...one }));
    events.length = 0;
    aggregates.look();
    return { told: events.splice(0), forgotten: state.forgotten.splice(0).length };
  };
  return { aggregates, watcher, events, lookAt };
}

describe('an event that others were the same as', () => {
  it('is told again when the interval is surely over, as the process was then', () => {
    const { watcher, lookAt } = watched();
    const batch = Buffer.concat([exec('/bin/first'), first('value', 5, 101n * S)]);
    watcher.onBatch(batch);
    batch.fill(0); // it is written over
    watcher.onBatch(exec('/bin/second'));
    assert.deepEqual(lookAt(110, {}), { told: [], forgotten: 0 });
    const { told, forgotten } = lookAt(111, {});
    assert.equal(forgotten, 1);
    const [{ process_kprobe: part, tracegate, time } = {} as TraceEvent, ...more] = told;
    assert.deepEqual(more, []);
    assert.equal(part?.process.binary, '/bin/first');
    assert.deepEqual(part?.args, [{ string_arg: 'value' }]);
    assert.equal(time, '1970-01-01T00:01:49Z');
    assert.deepEqual(tracegate?.aggregated, {
      ...{ count: '4', first: '1970-01-01T00:01:42Z', last: '1970-01-01T00:01:49Z' },
    });
  });

  it('is not told again where there was none', () => {
    const { watcher, lookAt } = watched();
    watcher.onBatch(first('value', 5, 101n * S));
    assert.deepEqual(lookAt(111, { count: 0n, firstNs: 0n, lastNs: 0n }), { told: [], forgotten: 1 });
  });

  it('is forgotten with its interval, and what nobody knows is counted after a while', () => {
    const { aggregates, watcher, lookAt } = watched();
    watcher.onBatch(first('value', 5, 101n * S));
    assert.deepEqual(lookAt(111), { told: [], forgotten: 0 });
    assert.deepEqual(lookAt(111, {}), { told: [], forgotten: 0 });
    assert.equal(aggregates.untold, 0n);
    assert.deepEqual(lookAt(170, {}), { told: [], forgotten: 1 });
    assert.equal(aggregates.untold, 4n);
  });

  it('keeps no more than the heads of records when there are many long ones', () => {
    const { watcher, lookAt } = watched();
    const long = 'x'.repeat(20_000);
    for (let hash = 1; hash <= 900; hash++) watcher.onBatch(first(long, hash, 101n * S));
    const { told } = lookAt(111, { hash: 1n }, { hash: 900n });
    assert.deepEqual(
      told.map(({ process_kprobe: part, tracegate }) => [
        part?.args?.length ?? 0,
        tracegate?.aggregated?.count,
      ]),
      [
        [1, '4'],
        [0, '4'],
      ],
    );
  });

  it('is kept also where lines are written without an event', () => {
    const { aggregates, lookAt } = watched();
    const out = new LineBuffer();
    let ended = 0;
    const watcher: Watcher = new Watcher({
      ...{ nodeName: 'n', clock: new BootClock({ realNs: 0n, bootNs: 0n }), hookOf: () => HOOK },
      onEvent: () => {},
      onFirst: (kept) => aggregates.keep(kept),
      lines: { buffer: () => out, ended: () => void ended++ },
    });
    watcher.onBatch(Buffer.concat([exec('/bin/first'), first('value', 5, 101n * S)]));
    assert.equal(ended, 1);
    assert.match(out.written.toString(), /"string_arg":"value"/);
    assert.equal(lookAt(111, {}).told[0]?.process_kprobe?.process.binary, '/bin/first');
  });
});
