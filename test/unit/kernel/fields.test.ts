// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Btf, KIND } from '../../../src/kernel/btf.ts';
import { fieldFacts } from '../../../src/kernel/fields.ts';
import { type FieldQuery, type FieldRoute, fieldName, fieldSteps } from '../../../src/model/field-path.ts';
import { btfBlob } from './btf-blob.ts';

const BIT = 5;
const btf = Btf.parse(
  btfBlob([
    { name: 'int', kind: KIND.INT, sizeOrType: 4, words: [0x01000020] }, // 1: signed
    { name: 'char', kind: KIND.INT, sizeOrType: 1, words: [8] }, // 2
    { kind: KIND.PTR, sizeOrType: 2 }, // 3
    {
      name: 'leaf',
      kind: KIND.STRUCT,
      count: 3,
      sizeOrType: 32,
      words: ['number', 1, 64, 'text', 3, 128, 'inline', 6, 192],
    }, // 4
    { kind: KIND.PTR, sizeOrType: 4 }, // 5
    { kind: KIND.ARRAY, words: [2, 1, 8] }, // 6
    { kind: KIND.ARRAY, words: [5, 1, 3] }, // 7
    { kind: KIND.UNION, count: 2, sizeOrType: 8, words: ['leaf', 5, 0, 'other', 3, 0] }, // 8
    {
      name: 'top',
      kind: KIND.STRUCT,
      count: 4,
      sizeOrType: 48,
      words: ['first', 1, 0, '', 8, 64, 'leaves', 7, 128, 'nothing', 12, 320],
    }, // 9
    { kind: KIND.PTR, sizeOrType: 9 }, // 10
    { kind: KIND.PTR, sizeOrType: 10 }, // 11
    { kind: KIND.PTR, sizeOrType: 0 }, // 12
    { kind: KIND.FUNC_PROTO, count: 3, sizeOrType: 1, words: ['t', 10, 'far', 11, 'n', 1] }, // 13
    { name: 'do_it', kind: KIND.FUNC, sizeOrType: 13 }, // 14
    { kind: KIND.PTR, sizeOrType: 13 }, // 15
    { name: 'btf_trace_done', kind: KIND.TYPEDEF, sizeOrType: 15 }, // 16
    {
      name: 'bits',
      kind: KIND.STRUCT,
      count: 1,
      sizeOrType: 4,
      bitfields: true,
      words: ['b', 1, (BIT << 24) | 3],
    }, // 17
  ]),
);

function found(
  path: string,
  start: FieldQuery['start'] = { function: 'do_it', param: 0 },
): FieldRoute | string {
  const query = { start, path };
  const fact = fieldFacts(btf, [query])[fieldName(query)];
  assert.ok(fact);
  return 'problem' in fact ? fact.problem : fact;
}

describe('a path inside the kernel’s structures', () => {
  it('is written with dots and brackets', () => {
    assert.deepEqual(fieldSteps('a.b_c[3].d'), ['a', 'b_c', 3, 'd']);
    assert.deepEqual(fieldSteps('[1].a'), [1, 'a']);
    assert.deepEqual(fieldSteps('[1]a'), [1, 'a']);
    for (const wrong of ['', '.', 'a..b', '.a', 'a.', 'a[', 'a[]', 'a[x]', 'a]', 'a b', 'a->b', '3'])
      assert.equal(fieldSteps(wrong), undefined, wrong);
  });

  it('leads along pointers, through what has no name, and into arrays', () => {
    assert.deepEqual(found('first'), { offsets: [0], sizeBytes: 4, signed: true, type: 'int' });
    assert.deepEqual(found('leaf.number'), { offsets: [8, 8], sizeBytes: 4, signed: true, type: 'int' });
    assert.deepEqual(found('leaf.text'), { offsets: [8, 16], sizeBytes: 8, signed: false, type: 'char *' });
    assert.deepEqual(found('leaves[2].number'), {
      offsets: [32, 8],
      sizeBytes: 4,
      signed: true,
      type: 'int',
    });
    assert.deepEqual(found('leaf.text[3]'), {
      offsets: [8, 16, 3],
      sizeBytes: 1,
      signed: false,
      type: 'char',
    });
  });

  it('ends at an address where a structure or an array is meant', () => {
    assert.deepEqual(found('leaf.inline'), { offsets: [8, 24], sizeBytes: 0, signed: false, type: 'char *' });
    const whole = found('leaf[0]') as FieldRoute;
    assert.deepEqual([whole.offsets, whole.sizeBytes, whole.type], [[8, 0], 0, 'struct leaf *']);
    assert.deepEqual(whole.members, ['number', 'text', 'inline']);
  });

  it('starts at a parameter, one of several it points to, a named structure or a raw tracepoint', () => {
    assert.deepEqual((found('[2].first') as FieldRoute).offsets, [96]);
    assert.deepEqual((found('first', { function: 'do_it', param: 1 }) as FieldRoute).offsets, [0, 0]);
    assert.deepEqual((found('number', { type: 'leaf' }) as FieldRoute).offsets, [8]);
    assert.deepEqual((found('first', { rawTracepoint: 'done', param: 0 }) as FieldRoute).offsets, [0, 0]);
  });

  it('that leads nowhere says where it ends', () => {
    assert.equal(found('leef.number'), '`struct top` has no member leef: did you mean "leaf"?');
    assert.equal(
      found('zzzzzz'),
      '`struct top` has no member zzzzzz: it has first, leaf, other, leaves, nothing',
    );
    assert.equal(found('first.x'), '`int` has no member x');
    assert.equal(found('leaves[3]'), '[3] of an array of 3');
    assert.equal(found('first[0]'), '[0] of `int`, which is no array');
    assert.match(String(found('nothing.x')), /void/);
    assert.match(
      String(found('x', { function: 'do_it', param: 2 })),
      /parameter 2 is `int`, which is no pointer/,
    );
    assert.match(String(found('x', { function: 'do_it', param: 3 })), /it has 3 parameters/);
    assert.match(String(found('x', { function: 'no_such', param: 0 })), /no type for it/);
    assert.match(String(found('x', { type: 'laef' })), /no structure laef: did you mean "leaf"/);
    assert.match(String(found('b', { type: 'bits' })), /bit field/);
    assert.match(String(found(Array(12).fill('leaf').join('.'), { type: 'top' })), /no member leaf/);
  });

  it('is not known where the kernel shows no types', () => {
    const query = { start: { type: 'leaf' }, path: 'number' };
    assert.deepEqual(fieldFacts(null, [query])[fieldName(query)], {
      problem: 'the kernel shows no types (BTF)',
    });
  });
});
