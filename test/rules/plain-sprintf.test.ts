// SPDX-License-Identifier: Apache-2.0
/** The `sprintf` of adapted rules, against opa's own on the same arguments. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import fc from 'fast-check';
import { ROOT, runOpa } from '../../src/rule-kit/opa.ts';
import { neededOpa } from './needed-opa.ts';

const { opa, skip } = neededOpa();
type Case = [format: string, args: unknown[]];

const WRITTEN: Case[] = [
  ['plain', []],
  ['%d%%', [5]],
  ['%v %v %v', [null, [], {}]],
  ['%t', [true]],
  ['%d', ['x']],
  ['%d', [1.5]],
  ['%q', ['he "x"']],
  ['miss %v %v', [1]],
  ['é%sü\n%v\nend', ['x', 'y']],
  ['%5d|%-5d|%05d', [1, 2, 3]],
  ['%10s|%-10s|', ['ab', 'cd']],
  ['%x %X %o %b', [255, 255, 8, 5]],
  ['%.2f|%f|%.0f', [3.456, 2.5, 2.6]],
  ['%.3f', [-0.0051]],
  ['%s', [{ k: [1, 'y'], a: { b: null } }]],
];

const value = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 8 }),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
  fc.array(fc.integer(), { maxLength: 3 }),
);
const piece = fc.oneof(
  fc.constant('%v'),
  fc.constant('%s'),
  fc.string({ maxLength: 5 }).map((text) => text.replaceAll('%', '')),
);
const made = fc.sample(
  fc.tuple(fc.array(piece, { maxLength: 6 }), fc.array(value, { minLength: 6, maxLength: 6 })),
  { numRuns: 300, seed: 7 },
);

it('formats as opa does', { skip }, () => {
  const random = made.map(([pieces, values]): Case => {
    const verbs = pieces.filter((one) => one === '%v' || one === '%s').length;
    return [pieces.join(''), values.slice(0, verbs)];
  });
  const work = mkdtempSync(join(tmpdir(), 'tracegate-sprintf-'));
  try {
    writeFileSync(join(work, 'cases.json'), JSON.stringify({ cases: [...WRITTEN, ...random] }));
    const query =
      '[[ours, theirs] | some one in data.cases; ours := data.tracegate.plain.sprintf(one[0], one[1]); theirs := sprintf(one[0], one[1])]';
    const out = runOpa(opa, [
      'eval',
      '-f',
      'json',
      '-d',
      join(ROOT, 'rego/plain'),
      '-d',
      join(work, 'cases.json'),
      query,
    ]);
    const { result } = JSON.parse(out) as { result: [{ expressions: [{ value: [string, string][] }] }] };
    const pairs = result[0].expressions[0].value;
    assert.equal(pairs.length, WRITTEN.length + random.length);
    for (const [ours, theirs] of pairs) assert.equal(ours, theirs);
  } finally {
    rmSync(work, { recursive: true });
  }
});
