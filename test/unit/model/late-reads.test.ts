// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { intakeObject } from '../../../src/model/intake.ts';
import { smallPolicy } from '../../fixtures/policies.ts';

const returning = { return: true, returnArg: { index: 0, type: 'int' } };
const said = (call: string, type: string, more: object) => {
  const hook = { call, syscall: true, args: [{ index: 0, type }], ...more };
  const taken = intakeObject(smallPolicy({ spec: { kprobes: [hook] } }));
  assert.ok(taken.valid, JSON.stringify(taken.findings));
  return taken.findings.map(({ path, message }) => `${path} ${message}`).join('\n');
};

describe('an argument that its call takes away', () => {
  it('is warned of where the return is waited for', () => {
    assert.match(
      said('sys_execve', 'string', returning),
      /args\/0 it is read when sys_execve returns.* memory/,
    );
    assert.match(said('sys_close', 'fd', returning), /args\/0 it is read when sys_close returns.* closed/);
  });

  it('is not where it is read at the entry, and no other argument is', () => {
    assert.equal(said('sys_execve', 'string', {}), '');
    assert.equal(said('sys_close', 'int', returning), '');
    assert.equal(said('sys_unlink', 'string', returning), '');
  });
});
