// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { dump } from 'js-yaml';
import { Fault } from '../../../src/errors.ts';
import { formatOf, readDocument, readDocuments } from '../../../src/model/read-document.ts';

/** What was read, without its missing prototypes. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe('a document', () => {
  it('knows the line of each value, and of the nearest one above where there is none', () => {
    const source = readDocument('a:\n  b:\n    - x\n    - y: 1\n', 'yaml');
    assert.equal(source.lineOf('/a/b'), 2);
    assert.equal(source.lineOf('/a/b/1'), 4);
    assert.equal(source.lineOf('/a/b/1/y'), 4);
    assert.equal(source.lineOf('/a/b/1/missing/deep'), 4);
    assert.equal(source.lineOf(''), 1);
  });

  it('knows its lines in JSON too, whatever ends them', () => {
    const source = readDocument('{\r\n"a": {\r\n"b": [1,\r2]}}', 'json');
    assert.equal(source.lineOf('/a'), 2);
    assert.equal(source.lineOf('/a/b'), 3);
    assert.equal(source.lineOf('/a/b/1'), 4);
  });

  it('keeps its lines and doubts when a part of it is taken', () => {
    const part = readDocument('operation: create\npolicy:\n  a: no\n  b: 2\n', 'yaml').at('/policy');
    assert.deepEqual(plain(part.value), { a: false, b: 2 });
    assert.equal(part.lineOf('/b'), 4);
    assert.deepEqual(part.doubts, [{ pointer: '/a', kind: 'ambiguous', text: 'no' }]);
  });

  it('means the same with and without a byte order mark', () => {
    assert.deepEqual(plain(readDocument('\ufeffa: 1', 'yaml').value), { a: 1 });
    assert.deepEqual(plain(readDocument('\ufeff{"a": 1}', 'json').value), { a: 1 });
  });

  it('has keys that are only keys', () => {
    const { value } = readDocument('{"__proto__": {"x": 1}, "constructor": 2}', 'json') as {
      value: Record<string, unknown>;
    };
    assert.equal((value as { toString?: unknown }).toString, undefined);
    assert.deepEqual(Object.keys(value), ['__proto__', 'constructor']);
    assert.equal((value as { x?: number }).x, undefined);
  });

  it('is one of several in a file, empty ones left out', () => {
    const sources = readDocuments('---\na: 1\n---\n---\n# nothing\n---\nb: no\n', 'yaml');
    assert.deepEqual(
      sources.map(({ value }) => plain(value)),
      [{ a: 1 }, { b: false }],
    );
    assert.equal(sources[1]?.lineOf('/b'), 7);
  });

  it('in a file without a telling name is JSON or YAML', () => {
    assert.deepEqual(plain(readDocuments('{"a": "\\u0041"}', 'auto')[0]?.value), { a: 'A' });
    assert.deepEqual(plain(readDocuments('{a: b}', 'auto')[0]?.value), { a: 'b' });
  });
});

describe('aliases', () => {
  it('mean what their anchor meant where they stand', () => {
    const { value } = readDocument('a: &x 1\nb: &y [*x]\nc: &x 2\nd: *y\ne: *x\n', 'yaml');
    assert.deepEqual(plain(value), { a: 1, b: [1], c: 2, d: [1], e: 2 });
  });

  it('make copies, not shared parts', () => {
    const { value } = readDocument('a: &x {k: 1}\nb: *x\n', 'yaml') as { value: { a: object; b: object } };
    assert.notEqual(value.a, value.b);
  });

  it('count against the nesting limit where they stand', () => {
    const deep = `a: &x ${'['.repeat(40)}1${']'.repeat(40)}\nb: ${'['.repeat(40)}*x${']'.repeat(40)}\n`;
    assert.throws(() => readDocument(deep, 'yaml'), /nested deeper than 64/);
  });
});

describe('a plain scalar', () => {
  const doubtOf = (text: string) => readDocument(`a: ${text}\n`, 'yaml').doubts[0]?.kind;
  for (const text of [
    'no',
    'Yes',
    'ON',
    'off',
    'y',
    'N',
    '011',
    '0o14',
    '1:30',
    '190:20:30',
    '1_000',
    '0b101',
    '2024-01-01',
    '2001-12-14t21:59:43.10-05:00',
    '1e3',
  ]) {
    it(`is in doubt when YAML 1.1 and 1.2 differ: ${text}`, () => assert.equal(doubtOf(text), 'ambiguous'));
    it(`is not in doubt when quoted: "${text}"`, () => assert.equal(doubtOf(`"${text}"`), undefined));
  }
  for (const text of [
    'true',
    'False',
    'null',
    '~',
    '0',
    '10',
    '-1',
    '0x1F',
    '1.5',
    'tcp_connect',
    '/etc/passwd',
    'v1.2.3',
    '1.2.3',
    'sys_no',
  ]) {
    it(`is certain when both read it alike: ${text}`, () => assert.equal(doubtOf(text), undefined));
  }
  it('is in doubt when the number loses digits', () => {
    assert.equal(doubtOf('9007199254740993'), 'inexact');
    assert.equal(doubtOf('.inf'), 'inexact');
    assert.equal(doubtOf('9007199254740991'), undefined);
  });
});

describe('reading', () => {
  it('gives back any JSON value, from JSON and from YAML', () => {
    const values = fc.jsonValue({ maxDepth: 5 }).filter((value) => value !== null);
    fc.assert(
      fc.property(values, (value) => {
        const text = JSON.stringify(value);
        if (!text.isWellFormed() || /\\ud[89a-f]/i.test(text)) return;
        const expected = JSON.parse(text.replaceAll('-0,', '0,'));
        assert.deepEqual(plain(readDocument(text, 'json').value), plain(expected));
        assert.deepEqual(plain(readDocument(dump(value, { forceQuotes: true }), 'yaml').value), plain(value));
      }),
      { numRuns: 150 },
    );
  });

  it('of random bytes ends in a value or a fault of the catalogue, never in a crash', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        fc.constantFrom('json', 'yaml', 'auto'),
        (bytes, format) => {
          try {
            readDocuments(bytes, format as 'json');
          } catch (error) {
            assert.ok(error instanceof Fault, String(error));
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it('says where it stopped', () => {
    assert.throws(
      () => readDocument('a: 1\nb: [\n', 'yaml'),
      (error: Fault) => error.code === 'unreadable' && error.details.line === 3,
    );
    assert.throws(() => readDocument('{"a": 1,\n "a": 2}', 'json'), /line 2, column 2/);
  });
});

describe('a content type', () => {
  it('is told by its name, whatever its case and parameters', () => {
    assert.equal(formatOf('application/json'), 'json');
    assert.equal(formatOf('Application/YAML; charset=UTF-8'), 'yaml');
    assert.equal(formatOf('text/yaml;charset="utf-8"'), 'yaml');
  });
});
