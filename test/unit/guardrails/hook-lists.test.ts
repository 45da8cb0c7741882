// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compiledList, listsOfCalls } from '../../../src/guardrails/hook-lists.ts';

describe('lists of calls for the rules', () => {
  it('have names apart from prefixes, and these by their first letters', () => {
    assert.deepEqual(compiledList(['sys_open', 'security_bprm_*', 'x*']), {
      names: { sys_open: true },
      prefixes: { sec: ['security_bprm_'] },
      short: ['x'],
    });
  });

  it('tell all lists that a name stands in', () => {
    const { names } = listsOfCalls({ hot: ['sys_open', 'sys_read'], guard: ['sys_open'] });
    assert.deepEqual(names, { sys_open: ['hot', 'guard'], sys_read: ['hot'] });
  });

  it('have each prefix once, by as many letters as it has for a key', () => {
    const { long, few, short } = listsOfCalls({
      hot: ['security_inode_*', 'sys_*', 'x*'],
      void: ['security_bp*'],
    });
    assert.deepEqual(long, { security_ino: [['security_inode_', 'hot']] });
    assert.deepEqual(few, { sys: [['sys_', 'hot']], sec: [['security_bp', 'void']] });
    assert.deepEqual(short, [['x', 'hot']]);
  });
});
