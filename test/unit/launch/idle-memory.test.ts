// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { giveBackWhenIdle, type IdleMemoryDeps } from '../../../src/launch/idle-memory.ts';

const EVERY_MS = 20;
const SOURCE = new URL('../../../src/launch/idle-memory.ts', import.meta.url);
/** Blocks of malloc, most of which go: between those that stay there are holes. Says what the process keeps of some 64 MiB. */
const BURST = `
  import { collector } from '${SOURCE}';
  const before = process.memoryUsage.rss();
  let blocks = Array.from({ length: 8192 }, () => Buffer.allocUnsafeSlow(8192).fill(1));
  blocks = blocks.filter((_, i) => i % 16 === 0);
  setImmediate(() => {
    collector()();
    console.log(blocks.length, Math.round((process.memoryUsage.rss() - before) / 2 ** 20));
  });
`;

/** A process that worked for `workedMs` before each question for it; answers with how often memory was given back, and how. */
async function givenBack(
  workedMs: readonly number[],
  when: Pick<IdleMemoryDeps, 'afterStart' | 'idleLooks'> = {},
) {
  const given = { collected: 0, trimmed: 0 };
  let [cpuMs, asked] = [0, 0];
  const stop = giveBackWhenIdle({
    collect: () => {
      given.collected += 1;
    },
    trim: () => {
      given.trimmed += 1;
    },
    cpuMs: () => {
      cpuMs += workedMs[asked] ?? 0;
      asked += 1;
      return cpuMs;
    },
    everyMs: EVERY_MS,
    ...when,
  });
  while (asked < workedMs.length) await wait(EVERY_MS);
  stop();
  return given;
}

describe('memory of a process that waits', () => {
  it('is given back once, after work and not before it', async () => {
    // at the start, then at each look, and once more after what a look did
    assert.equal((await givenBack([0, 600, 0, 0, 0, 0, 0, 0, 0])).collected, 1);
    assert.equal((await givenBack([0, 0, 0, 0, 0])).collected, 0);
  });

  it('is given back after as many looks without work as are asked for, counted from the last work', async () => {
    const when = { idleLooks: 3 };
    assert.equal((await givenBack([0, 600, 0, 0, 600, 0, 0, 600, 0, 0], when)).collected, 0);
    assert.equal((await givenBack([0, 600, 0, 0, 600, 0, 0, 0, 0, 0, 0], when)).collected, 1);
  });

  it('is not given back while there is work, but for what the C library has free', async () => {
    assert.deepEqual(await givenBack([0, 600, 0, 600, 0, 600, 0]), { collected: 0, trimmed: 3 });
    assert.deepEqual(await givenBack([0, 600, 0, 600, 0, 0, 0], { idleLooks: 3 }), {
      collected: 0,
      trimmed: 2,
    });
  });

  it('that starting took is given back once, at the first look and whatever comes', async () => {
    const worked = [600, 600, 600, 600, 600, 600, 600];
    assert.equal((await givenBack(worked, { afterStart: true, idleLooks: 100 })).collected, 1);
    assert.equal((await givenBack(worked, { idleLooks: 100 })).collected, 0);
  });

  it('holes on the heap of the C library are given back as well', () => {
    const args = ['--expose-gc', '--disable-warning=ExperimentalWarning', '--input-type=module', '-e', BURST];
    const { stdout, stderr } = spawnSync(process.execPath, args, {
      encoding: 'utf8',
      env: { ...process.env, MALLOC_ARENA_MAX: '1', MALLOC_MMAP_THRESHOLD_: '131072' },
    });
    const [kept, mebibytes = Number.NaN] = stdout.split(' ').map(Number);
    assert.equal(kept, 512, stderr);
    assert.ok(mebibytes < 24, `${mebibytes} MiB of 64 are kept`);
  });

  it('is left to the engine where the process cannot ask for a collection', () => {
    giveBackWhenIdle({ collect: undefined, cpuMs: () => assert.fail('nobody has to look') })();
  });
});
