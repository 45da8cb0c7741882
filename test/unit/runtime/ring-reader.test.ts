// SPDX-License-Identifier: Apache-2.0
import { deepEqual, equal, throws } from 'node:assert/strict';
import { afterEach, beforeEach, describe, it, mock } from 'node:test';
import { RingReader } from '../../../src/runtime/ring-reader.ts';

describe('a reader of a ring', () => {
  let reads = 0;
  const readsWithin = (ms: number): number => {
    const before = reads;
    for (let passed = 0; passed < ms; passed += 25) mock.timers.tick(25);
    return reads - before;
  };

  beforeEach(() => {
    reads = 0;
    mock.timers.enable({ apis: ['setTimeout'] });
  });
  afterEach(() => mock.timers.reset());

  const counting = () => new RingReader(() => reads++);

  it('reads every 25 ms, and every 100 ms after a second in which nothing came', () => {
    const reader = counting();
    deepEqual([readsWithin(1000), readsWithin(1000), readsWithin(1000)], [40, 10, 10]);
    reader.stop();
  });

  it('reads often again as soon as something came', () => {
    const reader = counting();
    readsWithin(1000);
    reader.came();
    readsWithin(100);
    equal(readsWithin(900), 36);
    reader.stop();
  });

  it('goes on behind a read that fails', () => {
    const reader = new RingReader(() => {
      reads++;
      throw new Error('no more memory');
    });
    throws(() => mock.timers.tick(25), /no more memory/);
    throws(() => mock.timers.tick(25), /no more memory/);
    equal(reads, 2);
    reader.stop();
  });

  it('reads no more once it is stopped, from within a read too', () => {
    const reader = new RingReader(() => {
      reads++;
      reader.stop();
    });
    equal(readsWithin(1000), 1);
  });
});
