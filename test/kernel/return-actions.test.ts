// SPDX-License-Identifier: Apache-2.0
/** What is done when a call returns: to whom its result asks for it, and to nobody else. */
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { python } from './python.ts';
import { openBench, PLACE, put } from './runtime-fixture.ts';

const DIR = join(PLACE, 'return-actions');

describe('actions at return', () => {
  it('kill by the result of the call; a NoPost there holds the event back', (t) => {
    const bench = openBench();
    t.after(() => bench.close());
    const macros = {
      dir: { matchArgs: [{ index: 1, operator: 'Prefix', values: [DIR] }] },
    };
    const hook = (message: string, matchReturnActions: object[]) => ({
      ...{ call: 'sys_mkdirat', message, args: [{ index: 1, type: 'string' }] },
      ...{ return: true, returnArg: { index: 0, type: 'int' } },
      selectors: [
        {
          macros: ['dir'],
          matchReturnArgs: [{ index: 0, operator: 'Equal', values: ['-17'] }],
          matchReturnActions,
        },
      ],
    });
    put(bench, {
      selectorsMacros: macros,
      kprobes: [hook('kills', [{ action: 'Sigkill' }]), hook('quiet', [{ action: 'NoPost' }])],
    });
    const make = `import os\ntry: os.mkdir('${DIR}', dir_fd=os.open('/', 0))\nexcept FileExistsError: print('alive')`;
    rmSync(DIR, { recursive: true, force: true });
    assert.equal(python('-c', make).status, 0);
    assert.deepEqual(bench.taken('probe'), []);
    const { signal, out } = python('-c', make);
    assert.deepEqual([signal, out], ['SIGKILL', '']);
    const told = bench
      .taken('probe')
      .map((e) => [e.process_kprobe?.message, e.process_kprobe?.action, e.process_kprobe?.return]);
    assert.deepEqual(told, [['kills', 'KPROBE_ACTION_SIGKILL', { int_arg: -17 }]]);
    assert.equal(bench.runtime.counters('probe').killed, 1);
    bench.runtime.setMode('probe', 'monitor');
    assert.equal(python('-c', make).out, 'alive');
    assert.equal(bench.runtime.counters('probe').wouldHave, 1);
  });
});
