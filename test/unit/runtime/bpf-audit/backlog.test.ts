// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { Backlog } from '../../../../src/runtime/bpf-audit/backlog.ts';

/** A ring whose memory is written over by the next batch, as the kernel's reader does it. */
function ringOf(seen: string[], more: { keptBytesMax?: number; onBatch?: (text: string) => void } = {}) {
  const memory = Buffer.alloc(8);
  const waiting: string[] = [];
  const { onBatch, ...limits } = more;
  const backlog = new Backlog({
    ...limits,
    emptyRing: () => {
      for (const text of waiting.splice(0)) backlog.take(memory.subarray(0, memory.write(text)));
    },
    onBatch: (batch) => {
      seen.push(batch.toString());
      onBatch?.(batch.toString());
    },
  });
  return { backlog, waiting };
}

describe('records that wait for their turn', () => {
  it('are seen to in order, one batch a turn, with what came meanwhile behind them', async () => {
    const seen: string[] = [];
    const { backlog } = ringOf(seen);
    for (const text of ['a', 'b', 'c']) backlog.take(Buffer.from(text));
    assert.deepEqual(seen, []);
    await turn();
    backlog.take(Buffer.from('d'));
    while (seen.length < 4) await turn();
    assert.deepEqual(seen, ['a', 'b', 'c', 'd']);
  });

  it('are all told once they were asked for, and the ring is emptied after each batch', async () => {
    const seen: string[] = [];
    const { backlog, waiting } = ringOf(seen, {
      onBatch: (text) => text === 'a' && waiting.push('late'),
    });
    backlog.take(Buffer.from('a'));
    waiting.push('b', 'c');
    backlog.settle();
    assert.deepEqual(seen, ['a', 'b', 'c']);
    assert.deepEqual(waiting, [], 'what came meanwhile no longer takes room in the ring');
    while (seen.length < 4) await turn();
    assert.equal(seen.at(-1), 'late');
  });

  it('are not asked for twice at once', () => {
    const seen: string[] = [];
    const { backlog, waiting } = ringOf(seen, { onBatch: () => backlog.settle() });
    waiting.push('a', 'b');
    backlog.settle();
    assert.deepEqual(seen, ['a', 'b']);
  });

  it('are seen to at once where too many are kept', () => {
    const seen: string[] = [];
    const { backlog } = ringOf(seen, { keptBytesMax: 4 });
    for (const text of ['aa', 'bb', 'cc']) backlog.take(Buffer.from(text));
    assert.deepEqual(seen, ['aa']);
    backlog.close();
    assert.deepEqual(seen, ['aa', 'bb', 'cc'], 'none is left behind at the end');
  });
});
