// SPDX-License-Identifier: Apache-2.0
/** `tracegate.io/match: object`: what has such a form, and that nothing else passes for one. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { intakeObject } from '../../../src/model/intake.ts';

interface Spelt {
  call?: string;
  index?: number;
  type?: string;
  operator?: string;
  values?: string[];
  form?: string;
  more?: object;
}

function taken({ call = 'sys_unlinkat', index = 1, type = 'string', ...rest }: Spelt) {
  const { operator = 'Equal', values = ['/etc/shadow'], form = 'object', more = {} } = rest;
  const matchArgs = [{ index, operator, values }];
  const selectors = [{ matchArgs, matchActions: [{ action: 'Override', argError: -1 }] }];
  return intakeObject({
    apiVersion: 'cilium.io/v1alpha1',
    kind: 'TracingPolicy',
    metadata: { name: 'p', annotations: { 'tracegate.io/match': form } },
    spec: { kprobes: [{ call, syscall: true, args: [{ index, type }], selectors, ...more }] },
  });
}

/** What it is refused for, first thing first. */
function refused(spelt: Spelt): string {
  const { valid, findings } = taken(spelt);
  return valid ? 'accepted' : findings.map((f) => `${f.path}: ${f.message}`).join('\n');
}

describe('match: object', () => {
  it('is written into the hooks that filter by a path', () => {
    const found = taken({});
    assert.ok(found.valid);
    assert.equal(found.normal.hooks[0]?.object, true);
    const text = taken({ form: 'text' });
    assert.ok(text.valid && text.normal.hooks[0]?.object === undefined);
  });

  it('takes any end of a path, and beginnings that are paths', () => {
    for (const [operator, value] of [
      ['Postfix', '.ssh/id_rsa'],
      ['SubString', 'secret'],
      ['Prefix', '/etc/'],
      ['Equal', '/'],
    ] as const)
      assert.equal(refused({ operator, values: [value] }), 'accepted', `${operator} ${value}`);
  });

  for (const value of [
    'etc/shadow',
    './x',
    '/etc//shadow',
    '/etc/./shadow',
    '/etc/../shadow',
    '/etc/..',
    '/etc/',
  ])
    it(`refuses Equal ${value}, which no path of a file is`, () => {
      assert.match(
        refused({ values: [value] }),
        /matchArgs\/0\/values\/0: ".*": the path of a file never|never is or begins/,
      );
    });

  it('refuses text that no file is looked up by, with the reason', () => {
    assert.match(
      refused({ call: 'sys_symlinkat', index: 0 }),
      /argument 0 of sys_symlinkat has no object form: the target of a link/,
    );
    assert.match(refused({ call: 'sys_setxattr', index: 0 }), /not where it is mounted/);
    assert.match(refused({ call: 'sys_mount', index: 0 }), /source of a mount/);
    assert.match(refused({ call: 'sys_statfs', index: 0 }), /no hook of the kernel is handed a file/);
  });

  it('refuses what a call returns, and the 32-bit door alone', () => {
    const returned = { return: true, returnArg: { index: 0, type: 'int' } };
    assert.match(refused({ more: returned }), /kprobes\/0\/return: .*what it returns is not known/);
    assert.match(refused({ call: '__ia32_sys_unlinkat' }), /every door of a call/);
  });

  it('refuses another word, and an annotation that means nothing', () => {
    assert.match(
      refused({ form: 'objects' }),
      /annotations\/tracegate\.io~1match: "objects" is no way to match/,
    );
    assert.match(
      refused({ call: 'sys_kill', index: 0, type: 'int', values: ['1'] }),
      /no system call of the policy is filtered by a path/,
    );
  });
});
