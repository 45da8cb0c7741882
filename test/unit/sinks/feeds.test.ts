// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { appendFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { openAuditLog } from '../../../src/audit/index.ts';
import { AuditFeed, type AuditPosition, EventFeed } from '../../../src/sinks/index.ts';
import type { Item } from '../../../src/sinks/item.ts';
import { assertAll, Bench, until } from './bench.ts';

const gapsIn = (items: readonly Item[]) => items.flatMap((item) => (item.kind === 'gap' ? [item.gap] : []));
const seqsOf = (items: readonly Item[]) =>
  items.flatMap((item) => (item.kind === 'record' ? [item.record.seq] : []));

describe('what a sink reads of a log', () => {
  let bench: Bench;
  beforeEach(() => {
    bench = new Bench();
  });
  afterEach(() => bench.close());

  it('is every record after a position, with what is kept beside it', () => {
    bench.append(5);
    const feed = new AuditFeed('gate-audit', bench.logPath);
    const first = feed.next(undefined, 2);
    assert.deepEqual(seqsOf(first.items), [0, 1]);
    assert.equal(feed.behind(first.next), 4);
    const rest = feed.next(first.next, 100);
    assert.deepEqual(seqsOf(rest.items), [2, 3, 4, 5]);
    const [item] = rest.items;
    assert.equal(item?.kind === 'record' && item.record.actor?.user, 'älice');
    assert.deepEqual(feed.next(rest.next, 100), { items: [], next: rest.next });
    feed.close();
  });

  it('says what retention took away before it was told', async () => {
    bench.append(700);
    const feed = new AuditFeed('gate-audit', bench.logPath);
    const { next } = feed.next(undefined, 100);
    await bench.log.seal({ path: bench.path('segment') });
    await bench.log.prune({ segments: [bench.path('segment')], reason: 'room' });
    await bench.log.pruned();
    const { items } = feed.next(next, 1000);
    assert.deepEqual(
      gapsIn(items).map(({ from, to }) => [from, to]),
      [[100, 511]],
    );
    assert.equal(seqsOf(items).at(-1), bench.log.head().size - 1);
    feed.close();
  });

  it('begins anew, and says so, where the log was set back or is another one', () => {
    bench.append(10);
    const feed = new AuditFeed('gate-audit', bench.logPath);
    const { next } = feed.next(undefined, 100);
    const other = openAuditLog({
      path: bench.path('other.db'),
      keyPath: bench.path('other.key'),
      kind: 'gate',
    });
    other.append([{ type: 'policy.applied', body: {} }]);
    other.close();
    const strange = new AuditFeed('gate-audit', bench.path('other.db'));
    const told = strange.next(next, 100);
    assert.match(gapsIn(told.items)[0]?.reason ?? '', /is another one than gate:/);
    assert.deepEqual(seqsOf(told.items), [0, 1]);
    assert.deepEqual(gapsIn(strange.next(told.next, 100).items), [], 'once');
    const setBack: AuditPosition = { ...next, leaf: '0'.repeat(64) };
    const again = feed.next(setBack, 100);
    assert.match(gapsIn(again.items)[0]?.reason ?? '', /set back or written anew/);
    assertAll(new Set(seqsOf(again.items)), bench.log.head().size);
    for (const one of [feed, strange]) one.close();
  });
});

describe('what a sink reads of events', () => {
  let bench: Bench;
  beforeEach(() => {
    bench = new Bench();
  });
  afterEach(() => bench.close());

  const line = (n: number) => `${JSON.stringify({ process_exec: {}, node_name: 'h', time: 't', n })}\n`;
  const numbers = (items: readonly Item[]) =>
    items.flatMap((item) => (item.kind === 'event' ? [(item.event as unknown as { n: number }).n] : []));

  it('is every whole line, through files that were full', () => {
    const path = bench.path('events');
    const feed = new EventFeed(path, { kept: 2, host: 'h' });
    assert.deepEqual(feed.next(undefined, 10).items, []);
    writeFileSync(path, line(1) + line(2) + line(3) + line(4).slice(0, 9));
    let { items, next } = feed.next(undefined, 2);
    assert.deepEqual(numbers(items), [1, 2]);
    ({ items, next } = feed.next(next, 10));
    assert.deepEqual(numbers(items), [3], 'the last line is not whole');
    appendFileSync(path, line(4).slice(9));
    renameSync(path, `${path}.1`);
    writeFileSync(path, line(5));
    ({ items, next } = feed.next(next, 10));
    assert.deepEqual(numbers(items), [4]);
    ({ items, next } = feed.next(next, 10));
    assert.deepEqual(numbers(items), [5]);
    assert.deepEqual(feed.next(next, 10).items, []);
    rmSync(`${path}.1`);
    rmSync(path);
    writeFileSync(`${path}.new`, line(6));
    renameSync(`${path}.new`, path);
    ({ items } = feed.next(next, 10));
    assert.match(gapsIn(items)[0]?.reason ?? '', /taken away before they were told/);
    assert.deepEqual(numbers(items), [6]);
  });
});

describe('copies of the log in files', () => {
  let bench: Bench;
  beforeEach(() => {
    bench = new Bench();
  });
  afterEach(() => bench.close());

  it('hold every record once, in files no larger than was said', async () => {
    const keys = { folder: 'copies', fileMaxBytes: '20000', filesKept: '100' };
    bench.start(keys);
    for (let n = 0; n < 5; n++) {
      bench.append(100);
      await until('the copies', () => bench.sinks?.status()[0]?.behind === 0);
    }
    await bench.sinks?.close();
    // as a process leaves it that was killed while it wrote
    appendFileSync(bench.path('copies/gate-audit.log'), '{"logId":"gate:');
    await bench.restart(keys);
    bench.append(3);
    const size = bench.log.head().size;
    const names = Array.from({ length: 100 }, (_, n) => (n === 0 ? '' : `.${n}`));
    const lines = () => names.flatMap((end) => bench.linesOf(`copies/gate-audit.log${end}`));
    await until('all', () => lines().length >= size);
    const seqs = lines().map((text) => (JSON.parse(text) as { seq: number }).seq);
    assertAll(new Set(seqs), size);
    assert.equal(seqs.length, size);
    assert.ok(bench.linesOf('copies/gate-audit.log.2').length > 0, 'it was turned over');
  });
});
