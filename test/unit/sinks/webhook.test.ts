// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { assertAll, Bench, freePort, seqsIn, until } from './bench.ts';

describe('a webhook of the audit log', () => {
  let bench: Bench;
  let keys: Record<string, string>;
  let port: number;

  before(async () => {
    bench = new Bench();
    port = await freePort();
    keys = { webhook: `http://127.0.0.1:${port}/in`, webhookBatch: '50' };
  });
  after(() => bench.close());

  it('gets everything although it was down and the gate was restarted meanwhile', async () => {
    bench.start(keys);
    bench.append(120);
    await until('an error', () => bench.errors.some((error) => /ECONNREFUSED/.test(error ?? '')));
    assert.equal(bench.sinks?.status()[0]?.behind, bench.log.head().size);
    await bench.restart(keys);
    bench.append(30);
    const receiver = await bench.receive('http', port);
    await until('all', () => seqsIn(bench.linesOf('received')).size === bench.log.head().size);
    assertAll(seqsIn(bench.linesOf('received')), bench.log.head().size);
    await until('no trouble', () => bench.sinks?.status()[0]?.error === undefined);
    assert.equal(bench.errors.at(-1), undefined, 'that it gets on again is told');
    await bench.stop(receiver);
  });

  it('goes on after a restart where it had come to, and says nothing twice then', async () => {
    const receiver = await bench.receive('http', port);
    await bench.restart(keys);
    bench.append(10);
    const size = bench.log.head().size;
    await until('all', () => seqsIn(bench.linesOf('received')).size === size);
    await bench.restart(keys);
    await until('the start record', () => seqsIn(bench.linesOf('received')).has(size));
    assert.equal(bench.linesOf('received').length, size + 1);
    await bench.stop(receiver);
  });

  it('that takes its time holds up nobody who writes', async () => {
    const receiver = await bench.receive('http', port, 0.5);
    const before = performance.now();
    for (let n = 0; n < 20; n++) bench.append(50);
    const writtenMs = performance.now() - before;
    // a thousand in batches of fifty, half a second each
    assert.ok(writtenMs < 10_000, `writing took ${writtenMs} ms, as if it had waited`);
    assert.ok((bench.sinks?.status()[0]?.behind ?? 0) > 0, 'the receiver is behind');
    const size = bench.log.head().size;
    await until('all', () => seqsIn(bench.linesOf('received')).size === size, 60_000);
    assert.ok(performance.now() - before > 9_000, 'the receiver took its time');
    await bench.stop(receiver);
  });

  it('that does not take one message gets the others, and the one is laid aside', async () => {
    const receiver = await bench.receive('http', port);
    const aside = join('sinks', 'webhook.gate-audit.dead');
    bench.append(20);
    const [poison] = bench.append(1, { word: 'poison' });
    bench.append(20);
    const size = bench.log.head().size;
    await until('all but one', () => seqsIn(bench.linesOf('received')).size === size - 1);
    await until('the one', () => bench.linesOf(aside).length === 1);
    const letter = JSON.parse(bench.linesOf(aside)[0] ?? '') as { reason: string; line: string };
    assert.match(letter.reason, /answered 422/);
    assert.equal((JSON.parse(letter.line) as { seq: number }).seq, poison?.seq);
    await until('the count', () => bench.sinks?.status()[0]?.laidAside === 1);
    await bench.stop(receiver);
  });

  it('keeps how far it has come in a file of the state directory', async () => {
    await bench.sinks?.close();
    const state = JSON.parse(readFileSync(bench.path('sinks/webhook.gate-audit.json'), 'utf8'));
    assert.equal(state.position.seq, bench.log.head().size - 1);
    assert.equal(state.position.leaf, bench.log.head().last);
  });
});
