// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { intakeObject } from '../../../src/model/intake.ts';
import { smallPolicy } from '../../fixtures/policies.ts';

const said = (spec: object) => {
  const taken = intakeObject(smallPolicy({ spec }));
  assert.ok(taken.valid, JSON.stringify(taken.findings));
  return taken.findings.map(({ path, message, fix }) => `${path} ${message}: ${fix}`).join('\n');
};
const tracepoint = (name: string, index: number, type: string, more: object = {}) => {
  const [subsystem, event] = name.split('/');
  return said({ tracepoints: [{ subsystem, event, args: [{ index, type }], ...more }] });
};
const kprobe = (call: string, index: number, type: string) =>
  said({ kprobes: [{ call, args: [{ index, type }] }] });

describe('an argument that is not what it is taken for', () => {
  it('is a field that every record begins with', () => {
    assert.match(
      tracepoint('syscalls/sys_enter_setuid', 0, 'int'),
      /args\/0\/index field 0 is common_type.*use 5 for argument 0 of the call/,
    );
    assert.match(tracepoint('syscalls/sys_enter_openat', 1, 'string'), /common_flags.*use 6 for argument 1/);
    assert.match(tracepoint('syscalls/sys_exit_openat', 0, 'int'), /use 5 for what the call returns/);
    assert.match(tracepoint('sched/sched_switch', 3, 'int'), /common_pid.*own fields begin with 4/);
  });

  it('is not where a field of its own is meant, nor on a raw tracepoint', () => {
    assert.equal(tracepoint('syscalls/sys_enter_setuid', 5, 'int'), '');
    assert.equal(tracepoint('raw_syscalls/sys_enter', 4, 'int64'), '');
    assert.equal(tracepoint('sched/sched_process_exec', 0, 'nop', { raw: true }), '');
  });

  it('is a list of addresses that is read as a text', () => {
    assert.match(kprobe('sys_execve', 1, 'string'), /args\/0 it is a list of addresses, and no text/);
    assert.match(kprobe('sys_execveat', 2, 'string'), /list of addresses/);
    assert.match(tracepoint('syscalls/sys_enter_execve', 6, 'string'), /list of addresses/);
    assert.equal(kprobe('sys_execve', 0, 'string'), '');
    assert.equal(kprobe('sys_execve', 1, 'uint64'), '');
    assert.equal(kprobe('sys_execveat', 1, 'string'), '');
  });

  it('is a buffer whose size is said to be the buffer itself', () => {
    const write = (sizeArgIndex: number) =>
      said({ kprobes: [{ call: 'sys_write', args: [{ index: 1, type: 'char_buf', sizeArgIndex }] }] });
    assert.match(
      write(2),
      /args\/0\/sizeArgIndex sizeArgIndex counts from 1: 2 is argument 1, .*: use 3 where/,
    );
    assert.equal(write(3), '');
  });

  it('is no size where what is read comes from elsewhere', () => {
    const data = [{ index: 0, type: 'string', source: 'current_task', resolve: 'comm' }];
    assert.equal(said({ fentries: [{ call: 'security_file_open', syscall: false, data }] }), '');
  });
});
