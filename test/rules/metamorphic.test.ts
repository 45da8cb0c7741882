// SPDX-License-Identifier: Apache-2.0
/** However a policy is written, the verdict is the same: the rules that speak, and how severely. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { dump, loadAll } from 'js-yaml';
import { openRuleset } from '../../src/guardrails/index.ts';
import { type Intake, intake } from '../../src/model/intake.ts';
import { documentOf, inputOf, type KnownCase, knownCases } from './known-lists.ts';
import { type Doc, REWRITES } from './rewrites.ts';

const CORPUS = new URL('../../../shared/corpus/tetragon/', import.meta.url);
// with every rule on there is most to be seen
const ruleset = openRuleset({ profile: 'strict' });

interface Subject {
  known: KnownCase;
  document: Doc;
}

const listed = [...knownCases('bad'), ...knownCases('harmless')].map(
  (known): Subject => ({
    known,
    document: documentOf(known) as Doc,
  }),
);
const field = (existsSync(CORPUS) ? readdirSync(CORPUS) : []).flatMap((file) =>
  (loadAll(readFileSync(new URL(file, CORPUS), 'utf8')) as Doc[]).map(
    (document): Subject => ({
      known: { name: file, spec: document.spec },
      document,
    }),
  ),
);
const subjects = [...listed, ...field];

/** The rules that speak, each with how severely; of an invalid document only that it is. */
function verdictOf(known: KnownCase, read: Intake): string[] {
  const { input } = inputOf(known, read);
  if (!input) return ['TPG-001 deny'];
  return [
    ...new Set(ruleset.judge(input).findings.map(({ rule, severity }) => `${rule} ${severity}`)),
  ].sort();
}

const ofJson = (document: Doc) => intake(JSON.stringify(document), { format: 'json' });
const before = new Map(subjects.map(({ known, document }) => [known, verdictOf(known, ofJson(document))]));

function differences(write: (document: Doc) => Intake): object[] {
  const wrong: object[] = [];
  for (const { known, document } of subjects) {
    const read = write(structuredClone(document));
    const [was, is] = [before.get(known), verdictOf(known, read)];
    if (JSON.stringify(was) !== JSON.stringify(is))
      wrong.push({
        name: known.name,
        was,
        is,
        ...(read.valid ? {} : { because: read.findings[0]?.message }),
      });
  }
  return wrong;
}

describe(`one policy, written otherwise (${subjects.length} policies)`, () => {
  for (const [name, rewrite] of Object.entries(REWRITES)) {
    it(name, (t) => {
      const changed = subjects.filter(
        ({ document }) => JSON.stringify(rewrite(structuredClone(document))) !== JSON.stringify(document),
      );
      t.diagnostic(`${changed.length} policies are written otherwise`);
      assert.ok(changed.length > 0, 'the rewrite changes nothing');
      assert.deepEqual(
        differences((document) => ofJson(rewrite(document))),
        [],
      );
    });
  }

  it('all of it at once', () => {
    const aside = ['lists written out', 'macros written out', 'texts without a NUL', 'Signal 9 as Sigkill'];
    const all = Object.entries(REWRITES).filter(
      ([name]) => !aside.includes(name) && !/octal|binary|capital/.test(name),
    );
    const wrong = differences((document) =>
      ofJson(all.reduce((written, [, rewrite]) => rewrite(written), document)),
    );
    assert.deepEqual(wrong, []);
  });
});

const STYLES: Record<string, object> = {
  'in blocks': {},
  'in flow': { flowLevel: 0 },
  'half in flow': { flowLevel: 4 },
  'all quoted': { forceQuotes: true, quotingType: '"' },
  'with other quotes': { forceQuotes: true, quotingType: "'" },
  'with sorted keys': { sortKeys: true, lineWidth: 40 },
};

describe('one policy in another style of YAML', () => {
  for (const [name, options] of Object.entries(STYLES)) {
    it(name, () => {
      const wrong = differences((document) =>
        intake(`# a comment\n---\n${dump(document, { noRefs: true, ...options })}`, { format: 'yaml' }),
      );
      assert.deepEqual(wrong, []);
    });
  }

  it('with one text for what is there twice', () => {
    const wrong = differences((document) => {
      const shared = new Map<string, unknown>();
      const same = (value: unknown): unknown => {
        if (typeof value !== 'object' || value === null) return value;
        const key = JSON.stringify(value);
        const copy = Array.isArray(value)
          ? value.map(same)
          : Object.fromEntries(Object.entries(value).map(([name, member]) => [name, same(member)]));
        const known = shared.get(key) ?? copy;
        shared.set(key, known);
        return known;
      };
      return intake(dump(same(document)), { format: 'yaml' });
    });
    assert.deepEqual(wrong, []);
  });
});
