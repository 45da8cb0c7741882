// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { intake } from '../../../src/model/intake.ts';
import type { NormalHook } from '../../../src/model/normal-policy.ts';

function hookOf(spec: object): NormalHook {
  const document = { apiVersion: 'cilium.io/v1alpha1', kind: 'TracingPolicy', metadata: { name: 'x' }, spec };
  const read = intake(JSON.stringify(document), { format: 'json' });
  assert.ok(read.valid, JSON.stringify(read.findings));
  return read.normal.hooks[0] as NormalHook;
}

const kprobe = (call: string) => hookOf({ kprobes: [{ call, syscall: false }] });
const tracepoint = (subsystem: string, event: string, raw = false) =>
  hookOf({ tracepoints: [{ subsystem, event, raw }] });

describe('the other name of what is hooked', () => {
  it('is the system call, for its tracepoints', () => {
    assert.equal(tracepoint('syscalls', 'sys_enter_openat').also, 'sys_openat');
    assert.equal(tracepoint('syscalls', 'sys_exit_read').also, 'sys_read');
    assert.equal(tracepoint('sched', 'sched_switch').also, undefined);
    assert.equal(tracepoint('syscall', 'sys_enter_openat').also, undefined);
  });

  it('is the system call, for the functions that are its body', () => {
    const bodies = [
      '__do_sys_bpf',
      '__se_sys_bpf',
      '__sys_bpf',
      'ksys_bpf',
      '__do_compat_sys_bpf',
      'compat_sys_bpf',
    ];
    for (const call of bodies) assert.equal(kprobe(call).also, 'sys_bpf', call);
    for (const call of ['do_sys_openat2', 'vfs_read', 'my_sys_bpf'])
      assert.equal(kprobe(call).also, undefined, call);
  });

  it('is the function itself, for a copy that the compiler made', () => {
    assert.equal(kprobe('tcp_v4_rcv.isra.0').also, 'tcp_v4_rcv');
    assert.equal(kprobe('__schedule.constprop.0.cold').also, '__schedule');
    assert.equal(kprobe('__sys_bpf.part.1').also, 'sys_bpf');
  });

  it('is the function of an LSM hook that is called otherwise', () => {
    const lsm = (hook: string) => hookOf({ lsmhooks: [{ hook }] }).also;
    assert.equal(lsm('bprm_check_security'), 'security_bprm_check');
    assert.equal(lsm('file_open'), undefined);
  });

  it('is not needed for a raw tracepoint: its true subsystem is written before it', () => {
    assert.equal(tracepoint('anything', 'sched_switch', true).call, 'sched/sched_switch');
    assert.equal(tracepoint('x', 'sys_enter', true).call, 'raw_syscalls/sys_enter');
    assert.equal(tracepoint('mine', 'unheard_of', true).call, 'mine/unheard_of');
    assert.equal(tracepoint('anything', 'sched_switch').call, 'anything/sched_switch');
  });
});

describe('the host’s own namespaces', () => {
  it('have one spelling', () => {
    const valuesOf = (namespace: string, value: string) =>
      hookOf({
        kprobes: [
          {
            call: 'sys_mount',
            selectors: [{ matchNamespaces: [{ namespace, operator: 'In', values: [value] }] }],
          },
        ],
      }).selectors[0]?.matchNamespaces?.[0]?.values;
    assert.deepEqual(valuesOf('Pid', '4026531836'), ['host_ns']);
    assert.deepEqual(valuesOf('Uts', '0xeffffffe'), ['host_ns']);
    assert.deepEqual(valuesOf('Uts', '4026531836'), ['4026531836']);
    assert.deepEqual(valuesOf('Net', '4026532008'), ['4026532008']);
  });
});
