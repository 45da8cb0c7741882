// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { arePlainPaths } from '../../../src/model/language/plain-paths.ts';

describe('paths spelt as a kernel spells them', () => {
  it('are whole ones, beginnings with a slash at the end, and endings', () => {
    assert.ok(arePlainPaths('Equal', ['/etc/passwd', '/usr/bin/sudo']));
    assert.ok(arePlainPaths('Prefix', ['/etc/', '/home/']));
    assert.ok(arePlainPaths('Equal', ['/srv/..data', '/srv/a b', '/usr/bin/g++']));
    assert.ok(arePlainPaths('Postfix', ['/.ssh/id_rsa', '.d/x']));
  });

  it('are none where one value has anything else, so that the guardrails look at each', () => {
    for (const odd of ['etc/x', '/a//b', '/a/./b', '/a/../b', '/a/*', '/proc/self/root/etc', '/etc/'])
      assert.ok(!arePlainPaths('Equal', ['/etc/passwd', odd]), odd);
    for (const odd of [
      '/a/?',
      '/a/{b,c}',
      '/a/[bc]',
      '/a/.+',
      '^/a',
      '/a$',
      '/a/..',
      '/a/.',
      '/a ',
      '/a\n',
      '/a (deleted)',
    ])
      assert.ok(!arePlainPaths('Equal', [odd, '/etc/passwd']), odd);
    assert.ok(!arePlainPaths('Postfix', ['/.ssh/']));
    assert.ok(!arePlainPaths('Postfix', ['80']));
    assert.ok(!arePlainPaths('Prefix', ['pipe:[']));
    assert.ok(!arePlainPaths('Equal', []));
  });
});
