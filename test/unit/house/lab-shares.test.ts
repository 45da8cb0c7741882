// SPDX-License-Identifier: Apache-2.0
/** Which tests run on which of the lab's kernels. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, it } from 'node:test';
import { KERNELS } from '../../../setup/lab-kernels.mjs';
import { jobsOf, leftOut, ON_ONE_KERNEL } from '../../../setup/lab-shares.mjs';

const FILES = readdirSync(join(import.meta.dirname, '../../kernel'))
  .filter((name) => name.endsWith('.test.ts'))
  .map((name) => basename(name, '.test.ts'))
  .sort();
const LISTED: Record<string, string[]> = ON_ONE_KERNEL;

/** The kernels of each file. */
function places(everywhere: boolean): Record<string, string[]> {
  const all: Record<string, string[]> = {};
  for (const { kernel, files } of jobsOf('kernel', everywhere))
    for (const file of files) {
      const name = basename(file, '.test.ts');
      all[name] = [...(all[name] ?? []), kernel].sort();
    }
  return all;
}

describe('the kernel tests', () => {
  it('run on every kernel, each file once, but for those that say on which alone and why', () => {
    const every = [...KERNELS].sort();
    const expected = FILES.map((name) => [name, LISTED[name] ? [LISTED[name][0]] : every]);
    assert.deepEqual(places(false), Object.fromEntries(expected));
    assert.deepEqual(places(true), Object.fromEntries(FILES.map((name) => [name, every])));
  });

  it('that run on one kernel are there, and are few', () => {
    const listed = Object.entries(LISTED);
    assert.ok(listed.length < FILES.length / 5);
    for (const [name, [kernel = '', why = '']] of listed)
      assert.ok(FILES.includes(name) && KERNELS.includes(kernel) && why.length > 10, name);
  });

  it('that ran on one kernel only are told with how many they are', () => {
    const [first = '', second = ''] = Object.keys(LISTED);
    const said = leftOut({ [first]: 4, [second]: 3, matcher: 9 });
    assert.match(said, /^7 tests /);
    assert.ok(said.endsWith(`${first} on ${LISTED[first]?.[0]}, ${second} on ${LISTED[second]?.[0]}`), said);
  });
});
