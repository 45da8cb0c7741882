// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { giveBackWhenIdle } from '../../../src/launch/idle-memory.ts';

const EVERY_MS = 20;

/** A process that worked for `workedMs` before each look; answers with how often memory was given back. */
async function collections(workedMs: readonly number[]): Promise<number> {
  let [cpuMs, looks, collected] = [0, 0, 0];
  const stop = giveBackWhenIdle({
    collect: () => {
      collected += 1;
    },
    cpuMs: () => {
      cpuMs += workedMs[looks] ?? 0;
      looks += 1;
      return cpuMs;
    },
    everyMs: EVERY_MS,
  });
  while (looks < workedMs.length) await wait(EVERY_MS);
  stop();
  return collected;
}

describe('memory of a process that waits', () => {
  it('is given back once, after work and not before it', async () => {
    // at the start, then at each look, and once more after what a look did
    assert.equal(await collections([0, 600, 0, 0, 0, 0, 0, 0, 0]), 1);
    assert.equal(await collections([0, 0, 0, 0, 0]), 0);
  });

  it('is not given back while there is work', async () => {
    assert.equal(await collections([0, 600, 600, 600, 600, 600, 600]), 0);
  });

  it('is left to the engine where the process cannot ask for a collection', () => {
    giveBackWhenIdle({ collect: undefined, cpuMs: () => assert.fail('nobody has to look') })();
  });
});
