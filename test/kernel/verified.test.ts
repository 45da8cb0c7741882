// SPDX-License-Identifier: Apache-2.0
/** What the kernel's verifier walks of the programs of a policy: most of what loading one costs, and the first thing to grow unseen. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Bench, openBench, put } from './runtime-fixture.ts';

const PROGRAM = '/dev/shm/tracegate-test/nobody';
const path = { index: 0, type: 'string' };
const file = { index: 0, type: 'file' };
const named = (values: string[]) => ({ index: 0, operator: 'Prefix', values });
const texts = (count: number) =>
  Array.from({ length: count }, (_, n) => `/${String(n).padStart(3 + ((n * 7) % 60), 'x')}`);
const mkdir = (selector: object) => ({
  kprobes: [
    { call: 'sys_mkdir', args: [path], selectors: [{ matchArgs: [named(['/nowhere/'])], ...selector }] },
  ],
});
const open = (values: string[]) => ({
  kprobes: [
    {
      ...{ call: 'security_file_open', syscall: false, args: [file] },
      selectors: [{ matchArgs: [named(values)] }],
    },
  ],
});

/** At most so many instructions for any of its programs: more than each of three kernels takes, and less than one took before. */
const CASES: Record<string, [spec: object, most: number]> = {
  'a path by its beginning': [open(['/etc/']), 7000],
  'a list of 192 paths': [open(texts(192)), 10_000],
  'a program by its path': [mkdir({ matchBinaries: [{ operator: 'In', values: [PROGRAM] }] }), 5000],
  'all that comes from a program': [
    mkdir({ matchBinaries: [{ operator: 'In', values: [PROGRAM], followChildren: true }] }),
    10_000,
  ],
  'a parent and all that comes from it': [
    mkdir({ matchParentBinaries: [{ operator: 'In', values: [PROGRAM], followChildren: true }] }),
    10_000,
  ],
};

describe('the verifier', () => {
  let bench: Bench;
  before(() => {
    bench = openBench();
  });
  after(() => bench.close());

  /** Of each program that the policy loads. */
  function walked(spec: object): number[] {
    const { native } = bench.runtime;
    const { progLoad } = native;
    const counts: number[] = [];
    native.progLoad = (request) => {
      const fd = progLoad.call(native, request);
      counts.push(native.progInfo(fd).verifiedInsns);
      return fd;
    };
    try {
      put(bench, spec);
    } finally {
      native.progLoad = progLoad;
    }
    return counts;
  }

  for (const [what, [spec, most]] of Object.entries(CASES))
    it(`walks no more than ${most} instructions for ${what}`, () => {
      const counts = walked(spec);
      assert.ok(counts.length > 0);
      assert.ok(Math.max(...counts) <= most, `${counts.join(', ')} of its programs`);
    });
});
