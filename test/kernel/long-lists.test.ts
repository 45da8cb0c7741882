// SPDX-License-Identifier: Apache-2.0
/** A filter with as many values as a program has room for: each of them counts, and nothing behind the last. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { hookPartOf } from '../../src/model/event.ts';
import { POLICY_LIMITS } from '../../src/model/language/limits.ts';
import { python } from './python.ts';
import { type Bench, openBench, PLACE, put } from './runtime-fixture.ts';

/** with one more, which is beside the list in each hook */
const COUNT = POLICY_LIMITS.hookStrings - 1;
const MADE = join(PLACE, 'listed');
/** as a dentry tells it: inside the mount */
const INSIDE = MADE.slice('/dev/shm'.length);
/** directories that are made: the first of the list, one in it, its last, and one that is not in it */
const NUMBERS = [0, 100, COUNT - 1, COUNT];
const LISTED = NUMBERS.slice(0, -1);
const PYTHON = python('-c', 'import os; print(os.readlink("/proc/self/exe"))').out;

const values = (make: (index: number) => string) => Array.from({ length: COUNT }, (_, index) => make(index));

describe('a long list', () => {
  let bench: Bench;
  before(() => {
    bench = openBench();
  });
  after(() => bench.close());

  /** The numbers of the directories whose making is told of. */
  function told(hook: object, selector: object): number[] {
    const ours = { matchBinaries: [{ operator: 'In', values: [PYTHON] }] };
    put(bench, { kprobes: [{ ...hook, selectors: [{ ...ours, ...selector }] }] });
    const calls = NUMBERS.map((n) => `os.mkdir("${MADE}-${n}", ${n}); os.rmdir("${MADE}-${n}")`);
    assert.equal(python('-c', `import os\n${calls.join('\n')}`).status, 0);
    const args = bench.taken('probe').map((e) => hookPartOf(e)?.args ?? []);
    return args.map(([path]) => Number(/listed-(\d+)/.exec(JSON.stringify(path))?.[1]));
  }

  const call = {
    call: 'sys_mkdir',
    args: [
      { index: 0, type: 'string' },
      { index: 1, type: 'int' },
    ],
  };
  const inKernel = {
    call: 'security_inode_mkdir',
    syscall: false,
    args: [
      { index: 1, type: 'dentry' },
      { index: 2, type: 'uint16' },
    ],
  };
  const args = (index: number, operator: string, list: string[]) => ({
    matchArgs: [{ index, operator, values: list }],
  });

  for (const [what, hook, index, operator, list] of [
    ['texts', call, 0, 'Equal', values((n) => `${MADE}-${n}`)],
    ['ends', call, 0, 'Postfix', values((n) => `ed-${n}`)],
    ['parts', call, 0, 'SubString', values((n) => `/listed-${n === 1 || n === 19 ? 'x' : n}`)],
    ['numbers', call, 1, 'Equal', values(String)],
    ['paths', inKernel, 1, 'Equal', values((n) => `${INSIDE}-${n}`)],
  ] as const) {
    it(`of ${what}: what is in it`, () => {
      assert.deepEqual(told(hook, args(index, operator, list)), LISTED);
    });
    if (what === 'parts') continue;
    it(`of ${what}: what is not in it`, () => {
      assert.deepEqual(told(hook, args(index, `Not${operator}`, list)), [COUNT]);
    });
  }

  for (const operator of ['In', 'NotIn'])
    it(`of programs: ${operator}`, () => {
      const programs = [...values((n) => `/usr/bin/no-such-program-${n}`).slice(1), PYTHON];
      const selector = {
        matchBinaries: [{ operator, values: programs }],
        ...args(0, 'Prefix', [`${MADE}-`]),
      };
      assert.deepEqual(told(call, selector), operator === 'In' ? NUMBERS : []);
    });

  it('loads whatever the lengths of its texts are, and however they are spread', () => {
    const SELECTORS = 5;
    const texts = (count: number) =>
      values((n) => `/${String(n).padStart(3 + ((n * 7) % 60), 'x')}`).slice(0, count);
    const starts = (count: number) => ({
      matchArgs: [{ index: 0, operator: 'Prefix', values: texts(count) }],
    });
    const programs = (count: number) => ({ matchBinaries: [{ operator: 'Prefix', values: texts(count) }] });
    const hook = { call: 'security_file_open', syscall: false, args: [{ index: 0, type: 'file' }] };
    const deny = { matchActions: [{ action: 'Override', argError: -1 }] };
    const selectors = (make: (at: number) => object) =>
      Array.from({ length: SELECTORS }, (_, at) => make(at));
    for (const spread of [
      [starts(COUNT)],
      selectors((at) => ({ ...starts(32), ...(at === 0 && programs(31)) })),
      selectors(() => ({ ...starts(19), ...programs(19) })),
    ])
      for (const actions of [{}, deny])
        put(bench, {
          kprobes: [{ ...hook, selectors: spread.map((selector) => ({ ...selector, ...actions })) }],
        });
  });
});
