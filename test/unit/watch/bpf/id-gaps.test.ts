// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { IdGaps } from '../../../../src/watch/bpf/id-gaps.ts';

describe('holes between ids', () => {
  it('are told once they have settled, as ranges, each once', () => {
    const gaps = new IdGaps();
    gaps.begin(10);
    for (const id of [11, 15, 16, 18]) gaps.saw(id, 0);
    assert.deepEqual(gaps.settled(1999), []);
    assert.deepEqual(gaps.settled(2000), [
      { first: 12, last: 14 },
      { first: 17, last: 17 },
    ]);
    assert.deepEqual(gaps.settled(9999), []);
  });

  it('are none where two CPUs tell in another order, nor before the watch began', () => {
    const gaps = new IdGaps();
    gaps.begin(10);
    for (const id of [3, 12, 11, 13]) gaps.saw(id, 0);
    assert.deepEqual(gaps.settled(5000), []);
  });

  it('begin anew where the kernel begins anew', () => {
    const gaps = new IdGaps();
    gaps.begin(2 ** 31 - 2);
    gaps.saw(2 ** 31 - 1, 0);
    gaps.saw(1, 0);
    gaps.saw(3, 0);
    assert.deepEqual(gaps.settled(5000), [{ first: 2, last: 2 }]);
  });

  it('take no memory for a hole as wide as all ids', () => {
    const gaps = new IdGaps();
    gaps.begin(1);
    gaps.saw(900_000_000, 0);
    assert.deepEqual(gaps.settled(0), [{ first: 2, last: 899_999_999 }]);
  });
});
