// SPDX-License-Identifier: Apache-2.0
/** What is written into a module's memory is what its own parser would have put there, down to the order of members. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as sdk from '@open-policy-agent/opa-wasm';
import fc from 'fast-check';
import { readBundle, SHIPPED_BUNDLE } from '../../../src/guardrails/index.ts';
import {
  type InputValues,
  openInputValues,
  type ValueExports,
} from '../../../src/guardrails/input-values.ts';

const { loadPolicySync } = (sdk as unknown as { default: typeof sdk }).default;
const policy = loadPolicySync(
  new WebAssembly.Module(readBundle(SHIPPED_BUNDLE)['policy.wasm']) as never,
  {
    initial: 32,
  } as never,
);
const exports = policy.wasmInstance.exports as ValueExports;
const { mem: memory, dataHeapPtr: base } = policy;
const values = openInputValues(exports, memory, base) as InputValues;

function dumped(address: number): string {
  const text = exports.opa_json_dump(address);
  const bytes = Buffer.from(memory.buffer);
  return bytes.toString('utf8', text, bytes.indexOf(0, text));
}

function written(input: object): string | undefined {
  const at = values.write(input);
  if (at === undefined) return undefined;
  exports.opa_heap_ptr_set(at.end);
  return dumped(at.address);
}

function parsed(input: object): string {
  const json = Buffer.from(JSON.stringify(input));
  const lacking = values.base + json.length - memory.buffer.byteLength;
  if (lacking > 0) memory.grow(Math.ceil(lacking / 65_536));
  Buffer.from(memory.buffer).set(json, values.base);
  exports.opa_heap_ptr_set(values.base + json.length);
  return dumped(exports.opa_value_parse(values.base, json.length));
}

describe('the input of an evaluation', () => {
  it('can be written into the shipped module', () => {
    assert.notEqual(values, undefined);
  });

  it('is what the module makes of its JSON', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 80 });
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 5 },
        text,
        fc.maxSafeInteger(),
        fc.integer({ min: -3, max: 1030 }),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie('tree'), { maxLength: 30 }),
        fc.dictionary(text, tie('tree'), { maxKeys: 40 }),
      ),
    }));
    fc.assert(
      fc.property(fc.dictionary(text, tree, { maxKeys: 40 }), (input) => {
        assert.equal(written(input), parsed(input));
      }),
      { numRuns: 500 },
    );
  });

  it('may have more keys, longer keys and larger lists than are kept', () => {
    const many = Object.fromEntries(Array.from({ length: 3000 }, (_, at) => [`member ${at}`, at]));
    const long = { [`${'k'.repeat(500)}é`]: 1, [`${'k'.repeat(500)}e`]: 2 };
    const list = Array.from({ length: 5000 }, (_, at) => `${at}`);
    for (let time = 0; time < 3; time++)
      for (const input of [many, long, { list }]) assert.equal(written(input), parsed(input));
  });

  it('may make the memory grow, and be small again', () => {
    for (const size of [10, 3_000_000, 10, 9_000_000, 10]) {
      const input = { text: 'ä'.repeat(size), ascii: 'a'.repeat(size), end: [1, 2, 3] };
      assert.equal(written(input), parsed(input));
    }
  });

  it('may have one list in several places, and the empty one everywhere', () => {
    const list = Array.from({ length: 9 }, (_, at) => `/srv/${at}`);
    const other = [...list, 'ä'];
    const input = { list, lists: [list, other, [], { list, none: [] }], other, again: [[...list]] };
    for (let time = 0; time < 2; time++) assert.equal(written(input), parsed(input));
    list[0] = 'another'; // between two evaluations the same object may have become something else
    assert.equal(written(input), parsed(input));
  });

  it('has objects of more sets of keys than are kept', () => {
    const objects = Array.from({ length: 200 }, (_, at) => ({ [`k${at}`]: at, same: 1, [`l${at}`]: [] }));
    for (let time = 0; time < 2; time++) assert.equal(written({ objects }), parsed({ objects }));
  });

  it('leaves out what is undefined, as JSON does', () => {
    assert.equal(written({ a: undefined, b: { c: undefined }, d: 1 }), parsed({ b: {}, d: 1 }));
  });

  it('stays text where JSON has a way of its own with it', () => {
    for (const odd of [1.5, Number.NaN, 2 ** 60, '\ud800', { key: () => 1 }, [undefined]])
      assert.equal(values.write({ odd }), undefined);
    assert.equal(values.write({ '\ud800': 1 }), undefined);
    // half a pair at the end of one text and at the beginning of the next are still two halves
    assert.equal(values.write({ odd: ['\ud83d', '\ude00'] }), undefined);
    assert.equal(written({ minus: -0 }), parsed({ minus: 0 }));
  });

  it('stays text in a module that lays its values out otherwise', () => {
    const other = { ...exports, opa_value_parse: () => values.write({ other: 1 })?.address ?? 0 };
    assert.equal(openInputValues(other, memory, base), undefined);
  });
});
