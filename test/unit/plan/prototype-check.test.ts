// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { NormalArg } from '../../../src/model/normal-policy.ts';
import { paramsAsked } from '../../../src/plan/prototype-check.ts';

const prototypeOf = (...types: string[]) => ({
  params: types.map((type, i) => ({ name: `p${i}`, type })),
  returns: 'int',
  btfId: 1,
});
const arg = (index: number, more: Partial<NormalArg> = {}): NormalArg => ({
  ...{ path: '', index, type: 'uint64', sizeArgIndex: 0 },
  ...more,
});

describe('the parameters that have to be asked for', () => {
  it('point to pointers, to enums and to functions', () => {
    const prototype = prototypeOf(
      'struct cred **',
      'enum pid_type *',
      'function *',
      'struct file *',
      'char *',
    );
    assert.equal(paramsAsked({ args: [0, 1, 2, 3, 4].map((i) => arg(i)) }, prototype), 0b111);
  });

  it('are only those that the hook reads', () => {
    const prototype = prototypeOf('int', 'struct socket **');
    assert.equal(paramsAsked({ args: [arg(0), arg(1, { type: 'nop' })] }, prototype), 0);
    assert.equal(paramsAsked({ args: [arg(-1, { source: 'current_task' }), arg(7)] }, prototype), 0);
    assert.equal(paramsAsked({ args: [arg(1), arg(1, { resolve: 'type' })] }, prototype), 0b10);
  });
});
