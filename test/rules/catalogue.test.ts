// SPDX-License-Identifier: Apache-2.0
/** What is checked in is what the sources give, and every rule is complete. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { chosenCapabilities } from '../../setup/rules/capabilities.ts';
import { rulesPage } from '../../setup/rules/docs.ts';
import { judgedByGo } from '../../setup/rules/reference.ts';
import {
  BUNDLE_FILES,
  openRuleset,
  PROFILES,
  readBundle,
  rulesCatalogue,
  SHIPPED_BUNDLE,
} from '../../src/guardrails/index.ts';
import type { Finding } from '../../src/model/finding.ts';
import type { JudgeInput } from '../../src/model/judge.ts';
import { buildBundle } from '../../src/rule-kit/build.ts';
import { GUARDRAILS } from '../../src/rule-kit/discover.ts';
import { goAvailable, ROOT } from '../../src/rule-kit/opa.ts';
import { compileTraps } from '../unit/guardrails/traps/build.ts';
import { neededOpa } from './needed-opa.ts';

const catalogue = rulesCatalogue();
const sorted = ({ rule, path, severity, message }: Finding): string =>
  `${rule} ${path} ${severity} ${message}`;
const { opa, skip } = neededOpa();
const needsOpa = { skip };

describe('the catalogue', () => {
  it('lists every folder under rego/guardrails, and nothing else', () => {
    const folders = readdirSync(GUARDRAILS, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .flatMap(({ name }) =>
        readdirSync(join(GUARDRAILS, name)).map((rule) => `rego/guardrails/${name}/${rule}`),
      );
    assert.deepEqual(catalogue.map((rule) => rule.folder).sort(), folders.sort());
    assert.ok(folders.length >= 15);
  });

  for (const rule of catalogue) {
    it(`describes ${rule.id}: why, what to do, since when, a mode for each profile, a test`, () => {
      for (const text of [rule.title, rule.description, rule.why, rule.fix])
        assert.ok(text.length > 10, text);
      assert.match(rule.since, /^\d+\.\d+\.\d+$/);
      assert.deepEqual(Object.keys(rule.modes).sort(), [...PROFILES].sort());
      assert.ok(existsSync(join(ROOT, rule.folder, 'rule_test.rego')));
    });
  }

  it('has no case of a rule twice under one name: the later one would take the place of the other', () => {
    for (const { id, folder } of catalogue) {
      const text = readFileSync(join(ROOT, folder, 'rule_test.rego'), 'utf8');
      for (const [, table, cases = ''] of text.matchAll(/^(deny|pass) := \{\n(.*?)^\}/gms)) {
        const names = [...cases.matchAll(/^\t"([^"]+)": /gm)].map(([, name]) => name);
        assert.deepEqual(
          names.filter((name, i) => names.indexOf(name) !== i),
          [],
          `${id} ${table}`,
        );
      }
    }
  });

  it('names among the parameters of a rule only data that there is', () => {
    const known = Object.keys(JSON.parse(readFileSync(join(SHIPPED_BUNDLE, 'data.json'), 'utf8')) as object);
    for (const { id, parameters } of catalogue) {
      assert.deepEqual(
        parameters.filter((name) => !known.includes(name)),
        [],
        id,
      );
    }
  });

  it('gets no milder from baseline to strict', () => {
    const order = ['off', 'info', 'warn', 'enforce'];
    for (const { id, modes } of catalogue) {
      const strictness = PROFILES.map((profile) => order.indexOf(modes[profile]));
      assert.deepEqual(
        strictness,
        strictness.toSorted((a, b) => a - b),
        id,
      );
    }
  });

  it('softens in monitor mode only what is about blast radius', () => {
    const softened = catalogue.filter((rule) => rule.monitor === 'warn').map((rule) => rule.category);
    assert.deepEqual([...new Set(softened)], ['blast-radius']);
  });

  it('is what docs/rules.md says', () => {
    assert.equal(
      readFileSync(join(ROOT, 'docs', 'rules.md'), 'utf8'),
      rulesPage(catalogue),
      'run setup/build-rules.mjs',
    );
  });
});

describe('what is compiled', () => {
  it('is what the sources give, byte for byte, and the rules’ own tests pass', needsOpa, () => {
    const out = mkdtempSync(join(tmpdir(), 'tracegate-bundle-'));
    try {
      const { cases } = buildBundle(opa, { out, roots: [GUARDRAILS], say: () => {} });
      const [built, shipped] = [readBundle(out), readBundle(SHIPPED_BUNDLE)];
      for (const name of BUNDLE_FILES)
        assert.ok(Buffer.from(built[name]).equals(shipped[name]), `${name}: run setup/build-rules.mjs`);
      assert.equal(readFileSync(join(import.meta.dirname, 'cases.generated.json'), 'utf8'), cases);
    } finally {
      rmSync(out, { recursive: true });
    }
  });

  it('is so for the module of the engine’s tests too', needsOpa, () => {
    const traps = readFileSync(join(ROOT, 'test/unit/guardrails/traps/traps.wasm'));
    assert.ok(compileTraps(opa).equals(traps), 'run test/unit/guardrails/traps/build.ts');
  });

  it('may use only what the pinned compiler carries inside the module', {
    skip: goAvailable() ? needsOpa.skip : 'Go is missing',
  }, () => {
    const checkedIn = JSON.parse(readFileSync(join(ROOT, 'rego/capabilities.json'), 'utf8')) as object;
    assert.deepEqual(
      checkedIn,
      JSON.parse(JSON.stringify(chosenCapabilities(opa))),
      'run setup/rules/capabilities.ts',
    );
  });

  it('judges every case as OPA’s own interpreter does, in every profile', needsOpa, () => {
    const cases = JSON.parse(
      readFileSync(join(import.meta.dirname, 'cases.generated.json'), 'utf8'),
    ) as Record<string, Record<'deny' | 'pass', Record<string, JudgeInput>>>;
    const submissions = Object.values(cases).flatMap(({ deny, pass }) => [
      ...Object.values(deny),
      ...Object.values(pass),
    ]);
    assert.ok(submissions.length > 100);
    for (const profile of PROFILES) {
      const ruleset = openRuleset({ profile });
      const decisions = judgedByGo(opa, [GUARDRAILS], profile, submissions);
      for (const [index, input] of submissions.entries()) {
        const { allowed, findings, rules } = ruleset.judge(input);
        const said = findings.map(sorted);
        const expected = decisions[index];
        assert.ok(expected);
        assert.equal(allowed, expected.allowed);
        assert.deepEqual(said.sort(), expected.findings.map(sorted).sort());
        assert.deepEqual(
          [rules.evaluated, rules.notApplicable],
          [expected.rules.evaluated, expected.rules.notApplicable],
        );
      }
    }
  });
});
