// SPDX-License-Identifier: Apache-2.0
/** NotifyEnforcer: decided and carried out in the same call, or refused with the reason. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Bench, openBench, put, run } from './runtime-fixture.ts';

const LISTS = [{ name: 'dups', type: 'syscalls', values: ['sys_dup', 'sys_dup2', '__ia32_sys_dup'] }];
const SHELL = '/usr/bin/bash';
/** A redirection: bash opens the file and makes it another descriptor with dup2. */
const REDIRECT = ['-c', 'echo written >/dev/null; echo alive'];

const notifying = (action: object) => ({
  lists: LISTS,
  enforcers: [{ calls: ['list:dups'] }],
  tracepoints: [
    {
      ...{ subsystem: 'raw_syscalls', event: 'sys_enter', args: [{ index: 4, type: 'syscall64' }] },
      selectors: [
        {
          matchArgs: [{ index: 0, operator: 'InMap', values: ['list:dups'] }],
          matchBinaries: [{ operator: 'In', values: [SHELL] }],
          matchActions: [{ action: 'NotifyEnforcer', ...action }],
        },
      ],
    },
  ],
});

describe('a notified action', () => {
  let bench: Bench;
  let canFail: boolean;
  before(() => {
    bench = openBench();
    const facts = bench.runtime.facts({
      ...{ functions: ['__x64_sys_dup2'], tracepoints: [], rawTracepoints: [], syscalls: [], places: [] },
    });
    canFail = facts.injectable.includes('__x64_sys_dup2');
  });
  after(() => bench.close());

  it('kills in the very call, and nobody but who is meant', () => {
    put(bench, notifying({ argSig: 9 }));
    assert.equal(run(SHELL, REDIRECT).signal, 'SIGKILL');
    assert.equal(run('/usr/bin/dash', REDIRECT).out, 'alive');
    const [event] = bench.taken('probe');
    assert.equal(event?.process_kprobe?.function_name.replace(/^__x64_/, ''), 'sys_dup2');
    assert.equal(event?.tracegate?.killed, true);
  });

  it('makes the call fail where the kernel lets it, and is refused with the reason where not', (t) => {
    if (!canFail) {
      t.diagnostic('this kernel lets no system call fail');
      assert.throws(
        () => put(bench, notifying({ argError: -1 })),
        /cannot make __x64_sys_dup2 fail: the kernel has no error injection/,
      );
      return;
    }
    put(bench, notifying({ argError: -1 }));
    const denied = run(SHELL, REDIRECT);
    assert.match(denied.out, /Operation not permitted/);
    assert.equal(run('/usr/bin/dash', REDIRECT).out, 'alive');
    assert.equal(bench.taken('probe')[0]?.tracegate?.denied, true);
  });

  it('on a kprobe is the same', () => {
    const { lists, enforcers } = notifying({});
    const matchBinaries = [{ operator: 'In', values: [SHELL] }];
    const selectors = [{ matchBinaries, matchActions: [{ action: 'NotifyEnforcer', argSig: 9 }] }];
    put(bench, { lists, enforcers, fentries: [{ call: 'list:dups', syscall: true, selectors }] });
    assert.equal(run(SHELL, REDIRECT).signal, 'SIGKILL');
    assert.equal(run('/usr/bin/dash', REDIRECT).out, 'alive');
  });
});
