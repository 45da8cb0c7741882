// SPDX-License-Identifier: Apache-2.0
/** What monitor mode would have done is counted of each selector, and of the policy as ever. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { python } from './python.ts';
import { type Bench, openBench, PLACE, put } from './runtime-fixture.ts';

const NAME = '/no/such/place/would';
const args = [{ index: 0, type: 'string' }];
const selector = (name: string, ...matchActions: object[]) => ({
  matchArgs: [{ index: 0, operator: 'Equal', values: [`${NAME}-${name}`] }],
  matchActions,
});
const DENY = { action: 'Override', argError: -1 };
const SPEC = {
  kprobes: [
    {
      ...{ call: 'sys_symlinkat', args },
      selectors: [selector('a', DENY), selector('b', { action: 'Post' }), selector('c', DENY)],
    },
    { call: 'sys_mkdir', args, selectors: [selector('d', DENY)] },
  ],
};

/** The folder it is made in is not there. */
const FAILS = `import os
def fails(call, *args):
  try: call(*args)
  except OSError: pass`;

describe('what would have been done', () => {
  let bench: Bench;
  before(() => {
    bench = openBench();
  });
  after(() => bench.close());

  const call = (counts: Record<string, number>) => {
    const lines = Object.entries(counts).map(([name, times]) =>
      name === 'd'
        ? `for _ in range(${times}): fails(os.mkdir, '${NAME}-d')`
        : `for i in range(${times}): os.symlink('${NAME}-${name}', f'${join(PLACE, 'would')}-${name}-{os.getpid()}-{i}')`,
    );
    const ran = python('-c', [FAILS, ...lines].join('\n'));
    assert.equal(ran.status, 0, ran.out);
  };
  const counted = () => bench.runtime.wouldHave('probe');

  it('is counted of each selector that acts, of each hook', () => {
    put(bench, SPEC);
    bench.runtime.setMode('probe', 'monitor');
    assert.deepEqual(counted(), [[], []]);
    call({ a: 3, b: 7, c: 5, d: 2 });
    assert.deepEqual(counted(), [
      [
        { selector: 0, count: 3 },
        { selector: 2, count: 5 },
      ],
      [{ selector: 0, count: 2 }],
    ]);
    assert.equal(bench.runtime.counters('probe').wouldHave, 10);
  });

  it('begins anew with another revision, the sum does not', () => {
    put(bench, SPEC);
    bench.runtime.setMode('probe', 'monitor');
    call({ c: 1 });
    assert.deepEqual(counted(), [[{ selector: 2, count: 1 }], []]);
    assert.equal(bench.runtime.counters('probe').wouldHave, 11);
  });
});
