// SPDX-License-Identifier: Apache-2.0
/** `lsmhooks`: what they are handed, what they refuse, and how it is told. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { python } from './python.ts';
import { type Bench, openBench, PLACE, put, run } from './runtime-fixture.ts';

const SECRET = join(PLACE, 'lsm-secret');
const PLAIN = join(PLACE, 'lsm-secret2');
const ACTION = { Override: [{ action: 'Override', argError: -13 }], Sigkill: [{ action: 'Sigkill' }] };

function load(bench: Bench, actions: object[]): void {
  writeFileSync(SECRET, 'secret\n');
  writeFileSync(PLAIN, 'plain\n');
  put(bench, {
    lsmhooks: [
      {
        hook: 'file_open',
        args: [{ index: 0, type: 'file' }],
        selectors: [
          {
            matchArgs: [{ index: 0, operator: 'Equal', values: [SECRET] }],
            ...(actions.length > 0 && { matchActions: actions }),
          },
        ],
      },
    ],
  });
}

describe('an LSM hook', () => {
  let bench: Bench;
  before(() => {
    bench = openBench();
  });
  after(() => bench.close());

  it('reports what it is handed, and nothing that the filter leaves out', () => {
    load(bench, []);
    assert.equal(run('cat', [SECRET]).out, 'secret');
    assert.equal(run('cat', [PLAIN]).out, 'plain');
    const told = bench.taken('probe').map((e) => e.process_lsm);
    assert.equal(told.length, 1);
    assert.equal(told[0]?.function_name, 'file_open');
    assert.equal(told[0]?.action, 'KPROBE_ACTION_POST');
    assert.deepEqual(told[0]?.args, [{ file_arg: { path: SECRET, permission: '-rw-r--r--' } }]);
  });

  it('answers with the error it is told to, before anything is opened', () => {
    load(bench, ACTION.Override);
    const denied = run('cat', [SECRET]);
    assert.match(denied.out, /Permission denied/);
    assert.equal(run('cat', [PLAIN]).out, 'plain');
    const [event, ...more] = bench.taken('probe');
    assert.equal(more.length, 0);
    assert.equal(event?.process_lsm?.action, 'KPROBE_ACTION_OVERRIDE');
    assert.equal(event?.tracegate?.denied, true);
  });

  it('kills, and refuses the call of the killed', () => {
    load(bench, ACTION.Sigkill);
    assert.deepEqual(run('cat', [SECRET]), { status: null, signal: 'SIGKILL', out: '' });
    assert.equal(run('cat', [PLAIN]).out, 'plain');
    const [event] = bench.taken('probe');
    assert.deepEqual([event?.tracegate?.killed, event?.tracegate?.denied], [true, true]);
  });

  it('takes a path whose beginning is missing for one with any beginning, where it denies', () => {
    // longer than the 4 KiB that are read, by going down into it
    const deep = `import os
for n in range(60):
    os.makedirs('${'d'.repeat(99)}', exist_ok=True)
    os.chdir('${'d'.repeat(99)}')
try: open('x', 'w').close(); print('opened')
except PermissionError: print('denied')`;
    const under = (operator: string, value: string) =>
      put(bench, {
        lsmhooks: [
          {
            hook: 'file_open',
            args: [{ index: 0, type: 'file' }],
            selectors: [
              {
                matchArgs: [
                  { index: 0, operator, values: [value] },
                  { index: 0, operator: 'Postfix', values: ['/x'] },
                ],
                matchActions: ACTION.Override,
              },
            ],
          },
        ],
      });
    const opens = () => python('-c', `import os\nos.chdir('${PLACE}')\n${deep}`).out;
    assert.equal(opens(), 'opened');
    for (const [operator, value] of [
      ['Prefix', `${PLACE}/`],
      ['NotPrefix', '/usr/'],
    ] as const) {
      under(operator, value);
      assert.equal(opens(), 'denied', operator);
      assert.equal(bench.taken('probe').length, 1);
    }
  });

  it('is handed no file where a mapping has none', () => {
    writeFileSync(SECRET, 'secret\n');
    writeFileSync(PLAIN, 'plain\n');
    const refuseSecret = {
      matchArgs: [{ index: 0, operator: 'Equal', values: [SECRET] }],
      matchActions: ACTION.Override,
    };
    const ofAnything = { matchArgs: [{ index: 0, operator: 'Postfix', values: ['lsm-secret'] }] };
    for (const selector of [refuseSecret, { ...ofAnything, matchActions: ACTION.Override }]) {
      put(bench, {
        lsmhooks: [{ hook: 'mmap_file', args: [{ index: 0, type: 'file' }], selectors: [selector] }],
      });
      const map = `import mmap; mmap.mmap(-1, 4096); f = open('${PLAIN}'); mmap.mmap(f.fileno(), 0, prot=1)
f = open('${SECRET}'); mmap.mmap(f.fileno(), 0, prot=1)`;
      assert.match(python('-c', map).out, /Permission denied/);
      const told = bench.taken('probe').map((e) => e.process_lsm?.args);
      assert.deepEqual(told, [[{ file_arg: { path: SECRET, permission: '-rw-r--r--' } }]]);
    }
  });
});
