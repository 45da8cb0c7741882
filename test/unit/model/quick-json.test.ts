// SPDX-License-Identifier: Apache-2.0
/** The quick reader answers only where the strict one reads the very same, without a doubt. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { readQuickly } from '../../../src/model/quick-json.ts';
import { readByLetter, readJson } from '../../../src/model/read-json.ts';

interface Read {
  value?: unknown;
  doubts: number;
  refused?: true;
}

function strictly(text: string): Read {
  try {
    const { value, doubts } = readByLetter(text);
    return { value, doubts: doubts.length };
  } catch {
    return { doubts: 0, refused: true };
  }
}

function agree(text: string): boolean {
  const quick = readQuickly(text);
  if (quick === undefined) return false;
  const strict = strictly(text);
  assert.equal(strict.refused, undefined, text);
  assert.equal(strict.doubts, 0, text);
  assert.deepEqual(quick.value, strict.value, text);
  return true;
}

const key = fc.constantFrom('a', 'b', ':', 'a:b', '::', '__proto__', 'constructor', '1', 'ä', '');
const scalar = fc.oneof(
  key.map((text) => JSON.stringify(text)),
  fc.constantFrom('0', '-0', '1.5', '9007199254740993', '1e400', 'true', 'null', '"x\\u003ay"', '""'),
);
/** Text, so that keys can be there twice and numbers be written as nobody prints them. */
const { text } = fc.letrec<{ text: string }>((tie) => ({
  text: fc.oneof(
    { maxDepth: 4 },
    scalar,
    fc.array(tie('text'), { maxLength: 4 }).map((items) => `[${items.join(' , ')}]`),
    fc
      .array(fc.tuple(key, tie('text')), { maxLength: 4 })
      .map(
        (members) => `{${members.map(([name, value]) => `${JSON.stringify(name)} : ${value}`).join(',')}}`,
      ),
  ),
}));

describe('the quick reader of JSON', () => {
  it('reads what the strict one reads, or leaves it to that', () => {
    let quick = 0;
    fc.assert(
      fc.property(text, (one) => {
        if (agree(one)) quick++;
      }),
      { numRuns: 5000 },
    );
    assert.ok(quick > 500, `${quick} of 5000`);
  });

  it('leaves broken text to it', () => {
    const broken = fc
      .tuple(text, fc.nat(), fc.constantFrom('', ':', '"', ',', '{', '}', '//', "'", '\n', '\u0001'))
      .map(
        ([one, at, put]) =>
          one.slice(0, at % (one.length + 1)) + put + one.slice((at % (one.length + 1)) + 1),
      );
    fc.assert(
      fc.property(broken, (one) => void agree(one)),
      { numRuns: 5000 },
    );
  });

  it('never takes one of two equal keys', () => {
    for (const twice of [
      '{"a":1,"a":1}',
      '{"a":{"b":":","b":":"}}',
      '[{"":1,"":2}]',
      '{"a" \n:1,"a"\t:2}',
      '{"__proto__":1,"__proto__":2}',
    ]) {
      assert.equal(readQuickly(twice), undefined);
      assert.throws(() => readJson(twice), /is there twice/);
    }
    // a colon that an escape stands for is none of the text
    assert.equal(readQuickly('{"a":"\\u003a","a":1}'), undefined);
  });

  it('keeps to the limits, and makes objects that inherit nothing', () => {
    assert.equal(readQuickly(`${'['.repeat(65)}${']'.repeat(65)}`), undefined);
    assert.ok(agree(`${'['.repeat(64)}${']'.repeat(64)}`));
    assert.equal(readQuickly(`[${'1,'.repeat(200_000)}1]`), undefined);
    assert.equal(readQuickly(`"${'x'.repeat(1024 * 1024)}"`), undefined);
    const { value } = readQuickly('{"constructor":1,"__proto__":{"a":2}}') as {
      value: Record<string, unknown>;
    };
    assert.deepEqual(Object.keys(value), ['constructor', '__proto__']);
    assert.equal(value.toString, undefined);
  });

  it('leaves lines to be told', () => {
    const { lineOf } = readJson('{\n"a": {\n"b": [1,\n2]}}');
    assert.deepEqual(['/a', '/a/b', '/a/b/1'].map(lineOf), [2, 3, 4]);
  });
});
