// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FUNCTION_PARAMETERS } from '../../../src/effects/function-parameters.ts';
import { argumentWords, parameterWords, readWords, theArgument } from '../../../src/effects/parameters.ts';
import { SYSCALL_PARAMETERS } from '../../../src/effects/syscall-parameters.ts';

const openat = { type: 'kprobe', call: 'sys_openat' } as const;

describe('what a parameter is called', () => {
  it('is said of system calls, functions and checks, beside its number', () => {
    assert.equal(argumentWords(openat, { index: 1 }), 'path (argument 1)');
    assert.equal(
      theArgument({ type: 'lsm', call: 'security_file_open' }, { index: 0 }),
      'the file (argument 0)',
    );
  });

  it('is said by the other name that a hook has', () => {
    const hook = { type: 'kprobe', call: '__x64_sys_openat', also: 'sys_openat' } as const;
    assert.equal(argumentWords(hook, { index: 2 }), 'flags (argument 2)');
  });

  it('is looked for behind the fields that every record of a tracepoint begins with', () => {
    const hook = { type: 'tracepoint', call: 'syscalls/sys_enter_openat', also: 'sys_openat' } as const;
    assert.equal(argumentWords(hook, { index: 6 }), 'path (field 6)');
    assert.equal(argumentWords(hook, { index: 4 }), 'number of the system call (field 4)');
    assert.equal(argumentWords(hook, { index: 1 }), 'flags of the record (field 1)');
    const every = { type: 'tracepoint', call: 'raw_syscalls/sys_enter' } as const;
    assert.equal(parameterWords(every, 4), 'number of the system call');
    assert.equal(parameterWords({ type: 'tracepoint', call: 'sched/sched_switch' }, 4), undefined);
  });

  it('is no text where it is a list of addresses', () => {
    const execve = { type: 'kprobe', call: 'sys_execve' } as const;
    assert.equal(
      readWords(execve, { index: 1, type: 'string' }),
      'the first address of the command line (argument 1)',
    );
    assert.equal(readWords(execve, { index: 0, type: 'string' }), 'the path of the program (argument 0)');
    assert.equal(readWords(execve, { index: 1, type: 'uint64' }), 'the command line (argument 1)');
  });

  it('is what the policy calls it, where it does', () => {
    assert.equal(argumentWords(openat, { index: 1, label: 'what' }), 'argument "what"');
  });

  it('is its number where nothing is known, or the place is one in a program', () => {
    assert.equal(argumentWords(openat, { index: 7 }), 'argument 7');
    assert.equal(argumentWords({ type: 'kprobe', call: 'toString' }, { index: 0 }), 'argument 0');
    assert.equal(argumentWords({ type: 'uprobe', call: 'sys_openat' }, { index: 1 }), 'argument 1');
    assert.equal(theArgument({ type: 'kprobe', call: 'sys_getdents64' }, { index: 1 }), 'argument 1');
  });

  it('fits behind "whose" and "the": no name begins with a word of its own', () => {
    for (const names of Object.values({ ...SYSCALL_PARAMETERS, ...FUNCTION_PARAMETERS }))
      for (const name of names.split(', '))
        assert.doesNotMatch(name, /^(the|a|an|what|where|who)\b|^$/, names);
  });
});
