// SPDX-License-Identifier: Apache-2.0
/** Where the length of a unix socket's address stands, so that nothing behind its name is taken for a part of it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FunctionPrototype } from '../../../src/model/facts.ts';
import type { NormalHook } from '../../../src/model/normal-policy.ts';
import { unsizedName, withAddressSizes } from '../../../src/plan/address-sizes.ts';
import { policyOf } from './host-facts.ts';

const hookOf = (call: string, index: number, type = 'sockaddr_un', more: object = {}) =>
  policyOf({ call, syscall: call.startsWith('sys_'), more: { args: [{ index, type, ...more }] } })
    .hooks[0] as NormalHook;
const prototype = (...types: string[]): FunctionPrototype => ({
  params: types.map((type, i) => ({ type, name: `p${i}` })),
  returns: 'int',
  btfId: 1,
});
const sizeOf = (hook: NormalHook, known?: FunctionPrototype) =>
  withAddressSizes(hook, known).args[0]?.sizeArgIndex;
const ADDRESS = 'struct sockaddr *';

describe('the length of an address', () => {
  it('is the parameter behind it where that is a length', () => {
    for (const length of ['int', 'unsigned int', 'socklen_t'])
      assert.equal(sizeOf(hookOf('connect_it', 1), prototype('struct socket *', ADDRESS, length)), 3);
  });

  it('is not taken from what is none, or is not there', () => {
    assert.equal(sizeOf(hookOf('connect_it', 0), prototype(ADDRESS, 'struct sock *')), 0);
    assert.equal(sizeOf(hookOf('connect_it', 0), prototype(ADDRESS)), 0);
  });

  it('of system calls is known by their names', () => {
    assert.equal(sizeOf(hookOf('sys_connect', 1)), 3);
    assert.equal(sizeOf(hookOf('sys_bind', 1)), 3);
    assert.equal(sizeOf(hookOf('sys_symlinkat', 1)), 0);
  });

  it('is none where a program reads no further parameter', () => {
    assert.equal(sizeOf(hookOf('sys_sendto', 4)), 0);
  });

  it('has to be known where a name is compared: behind it anybody may write on', () => {
    const compared = (call: string, index: number) => {
      const match = [{ index, operator: 'Equal', values: ['/run/x.sock'] }];
      const { hooks } = policyOf({ call, syscall: true, args: [{ index, type: 'sockaddr_un' }], match });
      return unsizedName(withAddressSizes(hooks[0] as NormalHook));
    };
    assert.equal(compared('sys_connect', 1), undefined);
    assert.match(compared('sys_sendto', 4) ?? '', /parameter 4 of sys_sendto/);
    assert.equal(unsizedName(withAddressSizes(hookOf('sys_sendto', 4))), undefined, 'it may be told');
  });

  it('is asked of no other type, and not behind a path', () => {
    const known = prototype('struct socket *', ADDRESS, 'int');
    assert.equal(sizeOf(hookOf('connect_it', 1, 'sockaddr'), known), 0);
    assert.equal(sizeOf(hookOf('connect_it', 1, 'sockaddr_un', { resolve: 'a' }), known), 0);
  });
});
