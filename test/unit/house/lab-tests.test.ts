// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { excuse, lastWords } from '../../../setup/lab-tests.mjs';

const PANIC = '[   12.283522] Kernel panic - not syncing: Fatal exception in interrupt\n';
/** The firmware ends no line before the kernel's first. */
const OOPS = 'Booting from ROM..[   12.280106] Oops: int3: 0000 [#1] PREEMPT SMP NOPTI\n';
const IN_BPF = '[   12.281903] RIP: 0010:bpf_lsm_path_rmdir+0x5/0x10\n';

describe('a guest that broke off', () => {
  it('is run again where a breakpoint outlived its patching', () => {
    assert.match(excuse({ text: `${OOPS}${IN_BPF}${PANIC}`, status: 125 }) ?? '', /breakpoint/);
  });

  it('is run again where two of its CPUs said so at once', () => {
    const mixed = `[   12.280106] [   12.280111] Oops: Oops: int3: 0000 [#2] PREEMPT SMP NOPTI\n${IN_BPF}${PANIC}`;
    assert.match(excuse({ text: mixed, status: 125 }) ?? '', /breakpoint/);
  });

  it('is run again where one of its CPUs hung, unless in BPF', () => {
    const stall = '[   86.364869] rcu: INFO: rcu_sched detected stalls on CPUs/tasks:\n';
    const end = '[  149.404509] Kernel panic - not syncing: RCU Stall\nok 1 - a test of bpf_prog_load\n';
    assert.match(excuse({ text: stall + end, status: 125 }) ?? '', /CPU of the guest hung/);
    const inBpf = `${stall}[   86.371920]  ? bpf_prog_83e0f75_kprobe+0x12/0x40\n${end}`;
    assert.equal(excuse({ text: inBpf, status: 125 }), undefined);
    assert.match(lastWords(stall + end), /detected stalls/);
  });

  it('is not excused in or under a BPF program otherwise, nor where a test failed or all were counted', () => {
    const text = `[   12.280106] BUG: unable to handle page fault\n${IN_BPF}${PANIC}`;
    assert.equal(excuse({ text, status: 125 }), undefined);
    assert.equal(excuse({ text: `not ok denies\n${OOPS}${PANIC}`, status: 125 }), undefined);
    assert.equal(excuse({ text: '#counts {"passed":1}\n', status: 0 }), undefined);
  });

  it('is told with the first words of its kernel, where it had any', () => {
    assert.equal(lastWords(`ok 1\n${OOPS}${IN_BPF}${PANIC}`), `, the kernel with: ${OOPS.trim()}`);
    assert.equal(lastWords('ok 1\n'), '');
  });
});
