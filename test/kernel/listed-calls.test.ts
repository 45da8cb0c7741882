// SPDX-License-Identifier: Apache-2.0
/** Lists of system calls as values of a filter on their number, by both doors. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { hookPartOf } from '../../src/model/event.ts';
import { python } from './python.ts';
import { type Bench, callsProgram, openBench, PLACE, put, run } from './runtime-fixture.ts';

const SYMLINK = 88;
const SYMLINK_I386 = 83;

describe('a list of system calls', () => {
  let bench: Bench;
  let program: string;
  before(() => {
    bench = openBench();
    program = callsProgram();
  });
  after(() => bench.close());

  /** The calls of a program that are told of, as number and door. */
  function told(lists: object[], operator: string, values: string[]): Set<string> {
    put(bench, {
      lists,
      tracepoints: [
        {
          ...{ subsystem: 'raw_syscalls', event: 'sys_enter', args: [{ index: 4, type: 'syscall64' }] },
          selectors: [
            {
              matchArgs: [{ index: 4, operator, values }],
              matchBinaries: [{ operator: 'In', values: [program] }],
            },
          ],
        },
      ],
    });
    run(program, ['doors', '/etc/hosts', PLACE]);
    const ids = bench
      .taken('probe')
      .map((e) => hookPartOf(e)?.args?.[0]?.syscall_id as { id: number; abi: string });
    return new Set(ids.map(({ id, abi }) => `${abi}/${id}`));
  }

  it('means its members, each by its door', () => {
    const lists = [
      { name: 'links', type: 'syscalls', values: ['sys_symlink', 'i386/sys_symlink', 'sys_reboot'] },
    ];
    assert.deepEqual([...told(lists, 'InMap', ['list:links'])].sort(), [
      `i386/${SYMLINK_I386}`,
      `x64/${SYMLINK}`,
    ]);
  });

  it('may stand beside the first argument of the call, which the numbers of the call begin with', () => {
    put(bench, {
      lists: [{ name: 'dups', type: 'syscalls', values: ['sys_dup'] }],
      tracepoints: [
        {
          ...{ subsystem: 'raw_syscalls', event: 'sys_enter' },
          args: [
            { index: 4, type: 'syscall64' },
            { index: 5, type: 'uint64' },
          ],
          selectors: [
            {
              matchArgs: [
                { index: 0, operator: 'InMap', values: ['list:dups'] },
                { index: 1, operator: 'InMap', values: ['9910:9920'] },
              ],
            },
          ],
        },
      ],
    });
    const dup = 'import ctypes; [ctypes.CDLL(None).dup(n) for n in (9909, 9910, 9920, 9921)]';
    python('-c', dup);
    assert.deepEqual(
      bench.taken('probe').map((e) => hookPartOf(e)?.args?.[1]),
      [{ size_arg: '9910' }, { size_arg: '9920' }],
    );
  });

  it('of all there are leaves the 32-bit ones to others', () => {
    const lists = [{ name: 'all', type: 'generated_syscalls' }];
    const outside = told(lists, 'NotInMap', ['list:all']);
    assert.ok(outside.has(`i386/${SYMLINK_I386}`));
    assert.deepEqual(
      [...outside].filter((call) => call.startsWith('x64')),
      [],
    );
  });
});
