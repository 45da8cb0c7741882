// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Inventory } from '../../../../src/watch/bpf/inventory.ts';

const TIME = '2026-01-01T00:00:00Z';
const listed = (program: number[] = [], map: number[] = [], link: number[] = []) => ({ program, map, link });
const unloaded = { time: TIME, how: 'unloaded' } as const;

describe('the inventory', () => {
  it('takes what the first listing shows for older than the watch, and what a later one adds for missed', () => {
    const inventory = new Inventory();
    assert.deepEqual(inventory.compare(listed([1, 2], [7]), inventory.mark(), TIME).missed, []);
    assert.equal(inventory.of('program', 1)?.since, 'before');
    const { missed } = inventory.compare(listed([1, 2, 3], [7]), inventory.mark(), TIME);
    assert.deepEqual(missed, [{ kind: 'program', id: 3 }]);
    assert.equal(inventory.of('program', 3)?.since, 'missed');
  });

  it('tells what has vanished, once, and remembers it', () => {
    const inventory = new Inventory();
    inventory.compare(listed([1, 2]), inventory.mark(), TIME);
    const { vanished } = inventory.compare(listed([2]), inventory.mark(), TIME);
    assert.deepEqual(vanished, [{ kind: 'program', id: 1 }]);
    assert.deepEqual(inventory.compare(listed([2]), inventory.mark(), TIME).vanished, []);
    assert.deepEqual(
      inventory.gone().map(({ entry }) => [entry.id, entry.gone?.how]),
      [[1, 'vanished']],
    );
  });

  it('misses nothing in a listing that records overtake', () => {
    const inventory = new Inventory();
    inventory.compare(listed([1]), inventory.mark(), TIME);
    const mark = inventory.mark();
    inventory.came('program', 2, { ours: false }); // after the listing was made: it is not in it
    inventory.went('program', 1, unloaded); // and this one is still
    assert.deepEqual(inventory.compare(listed([1]), mark, TIME), { missed: [], vanished: [] });
    assert.equal(inventory.of('program', 1), undefined);
    assert.equal(inventory.of('program', 2)?.since, 'seen');
  });

  it('forgets the oldest of those that have gone', () => {
    const inventory = new Inventory();
    for (let id = 1; id <= 5000; id++) {
      inventory.came('program', id, { ours: false });
      inventory.went('program', id, unloaded);
    }
    assert.deepEqual([inventory.gone().length, inventory.gone()[0]?.entry.id], [4096, 905]);
  });
});
