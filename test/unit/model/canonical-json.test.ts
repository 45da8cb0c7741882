// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import canonicalize from 'canonicalize';
import fc from 'fast-check';
import { canonicalJson } from '../../../src/model/canonical-json.ts';

describe('canonical JSON', () => {
  it('is what the reference implementation says, for any JSON value', () => {
    const values = fc
      .jsonValue({ maxDepth: 6, stringUnit: 'binary' })
      .filter((value) => JSON.stringify(value).isWellFormed());
    fc.assert(
      fc.property(values, (value) => {
        if (/\\ud[89a-f]/i.test(JSON.stringify(value))) return;
        assert.equal(canonicalJson(value), canonicalize(value));
      }),
      { numRuns: 500 },
    );
  });

  it('orders keys by UTF-16 code units and writes numbers as RFC 8785 does', () => {
    assert.equal(
      canonicalJson({ '\u{1f600}': 1, '\ufb33': 2, '1': 3, '\r': 4 }),
      '{"\\r":4,"1":3,"\u{1f600}":1,"\ufb33":2}',
    );
    assert.equal(
      canonicalJson([1e21, 1e-7, 0.1, -0, 4.5, 333333333.3333333]),
      '[1e+21,1e-7,0.1,0,4.5,333333333.3333333]',
    );
  });

  it('keeps keys that look like numbers where their text belongs', () => {
    const value = { b: { '10': 1, '9': [{ '-': 1, '0': 2 }], '': 3 }, a: 4 };
    assert.equal(canonicalJson(value), '{"a":4,"b":{"":3,"10":1,"9":[{"-":1,"0":2}]}}');
  });

  it('orders many keys as it orders few, and takes any key for a key', () => {
    const many = Object.fromEntries(
      Array.from({ length: 40 }, (_, index) => [`k${(index * 7) % 40}`, index]),
    );
    assert.equal(canonicalJson(many), canonicalize(many));
    const odd = JSON.parse('{"toJSON":1,"__proto__":{"y":1,"x":2},"constructor":3}') as object;
    assert.equal(canonicalJson(odd), '{"__proto__":{"x":2,"y":1},"constructor":3,"toJSON":1}');
  });

  it('leaves out members that are undefined', () => {
    assert.equal(canonicalJson({ b: undefined, a: [undefined, { '1': undefined }] }), '{"a":[null,{}]}');
  });

  it('does not fail on a number that JSON cannot hold', () => {
    assert.equal(canonicalJson({ a: Number.POSITIVE_INFINITY }), '{"a":null}');
  });
});
