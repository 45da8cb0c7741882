// SPDX-License-Identifier: Apache-2.0
/** Filters on the executable of the process that makes a call: by its whole path, its beginning and its end. */
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Bench, openBench, PLACE, put, run } from './runtime-fixture.ts';

const MADE = join(PLACE, 'made-by');
/** Programs that make a directory, apart from each other only by their paths. */
const PROGRAMS = ['one/make', 'one/make-too', 'two/make'].map((name) => join(PLACE, 'programs', name));
const [ONE, ONE_TOO, TWO] = PROGRAMS as [string, string, string];

describe('matchBinaries', () => {
  let bench: Bench;
  before(() => {
    bench = openBench();
    for (const program of PROGRAMS) {
      mkdirSync(join(program, '..'), { recursive: true });
      copyFileSync('/bin/mkdir', program);
    }
  });
  after(() => bench.close());

  const binaries = (operator: string, values: string[]) => ({ matchBinaries: [{ operator, values }] });
  const hook = (selector: object, more: object = {}) => ({
    call: 'sys_mkdir',
    args: [{ index: 0, type: 'string' }],
    selectors: [{ matchArgs: [{ index: 0, operator: 'Prefix', values: [MADE] }], ...selector }],
    ...more,
  });
  const make = (program: string) => {
    const made = `${MADE}-${PROGRAMS.indexOf(program)}`;
    rmSync(made, { recursive: true, force: true });
    return run(program, [made]).status;
  };

  it('takes whole paths, beginnings and ends, and what is none of them', () => {
    const wanted: Record<string, { filter: object; seen: string[] }> = {
      In: { filter: binaries('In', [ONE, TWO]), seen: [ONE, TWO] },
      NotIn: { filter: binaries('NotIn', [ONE, TWO]), seen: [ONE_TOO] },
      Prefix: {
        filter: binaries('Prefix', ['/nothing', join(PLACE, 'programs/one/')]),
        seen: [ONE, ONE_TOO],
      },
      NotPrefix: { filter: binaries('NotPrefix', ['/nothing', ONE]), seen: [TWO] },
      Postfix: { filter: binaries('Postfix', ['/nothing', 's/two/make', 'too']), seen: [ONE_TOO, TWO] },
      NotPostfix: { filter: binaries('NotPostfix', ['/nothing', '/make']), seen: [ONE_TOO] },
      longer: { filter: binaries('Postfix', [`${'x'.repeat(150)}/make`, `x${ONE}`]), seen: [] },
    };
    const kprobes = Object.entries(wanted).map(([message, { filter }]) => hook(filter, { message }));
    put(bench, { kprobes });
    for (const program of PROGRAMS) assert.equal(make(program), 0);
    const events = bench.taken('probe').map(({ process_kprobe: e }) => [e?.message, e?.process.binary]);
    const seen = Object.keys(wanted).map((name) => [
      name,
      events.filter(([message]) => message === name).map(([, binary]) => binary),
    ]);
    assert.deepEqual(
      seen,
      Object.entries(wanted).map(([name, of]) => [name, of.seen]),
    );
  });

  it('decides denials too, and spares the program beside', () => {
    const matchActions = [{ action: 'Override', argError: -1 }];
    put(bench, { kprobes: [hook({ ...binaries('Postfix', ['/make-too']), matchActions })] });
    assert.deepEqual(PROGRAMS.map(make), [0, 1, 0]);
    const [event, ...more] = bench.taken('probe');
    assert.equal(event?.process_kprobe?.process.binary, ONE_TOO);
    assert.equal(more.length, 0);
  });
});
