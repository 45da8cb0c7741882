// SPDX-License-Identifier: Apache-2.0
/** The rules' own tables, put through the compiled module: each denial found, each near miss passed over. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import {
  type OpenRuleset,
  openRuleset,
  type RulesetOptions,
  rulesCatalogue,
} from '../../src/guardrails/index.ts';
import type { JudgeInput } from '../../src/model/judge.ts';

interface Tables {
  deny: Record<string, JudgeInput>;
  pass: Record<string, JudgeInput>;
  organisation: Record<string, unknown>;
}

const cases = JSON.parse(readFileSync(join(import.meta.dirname, 'cases.generated.json'), 'utf8')) as Record<
  string,
  Tables
>;
const catalogue = rulesCatalogue();

const opened = new Map<string, OpenRuleset>();

/** The rules with what the cases of one of them need; most need nothing, and share one. */
function open(id: string, options: RulesetOptions = {}): OpenRuleset {
  const off = catalogue.find((rule) => rule.id === id)?.modes.baseline === 'off';
  const data = { ...cases[id]?.organisation, ...(off ? { rules: { [id]: { mode: 'enforce' } } } : {}) };
  const key = JSON.stringify({ options, data });
  const ruleset = opened.get(key) ?? openRuleset({ ...options, data });
  opened.set(key, ruleset);
  return ruleset;
}

for (const rule of catalogue) {
  describe(`${rule.id} ${rule.title}`, () => {
    const { deny = {}, pass = {} } = cases[rule.id] ?? {};
    const ruleset = open(rule.id);
    const findings = (input: JudgeInput) =>
      ruleset.judge(input).findings.filter((finding) => finding.rule === rule.id);

    it('has cases of both kinds', () => {
      assert.ok(Object.keys(deny).length > 0 && Object.keys(pass).length > 0);
    });
    for (const [name, input] of Object.entries(deny)) {
      it(`finds: ${name}`, () => {
        const found = findings(input);
        assert.notEqual(found.length, 0);
        for (const { message, path, fix } of found) {
          assert.ok(message.length > 20 && !message.includes('<undefined>'), message);
          assert.match(path, /^(\/[^\s]+)?$/);
          assert.ok(fix && fix.length > 10);
        }
      });
    }
    for (const [name, input] of Object.entries(pass)) {
      it(`passes: ${name}`, () => assert.deepEqual(findings(input), []));
    }
  });
}

describe('choosing the rules that can apply', () => {
  for (const id of Object.keys(cases)) {
    it(`loses no finding in the cases of ${id}`, () => {
      const chosen = open(id);
      const all = open(id, { selection: 'off' });
      for (const input of [
        ...Object.values(cases[id]?.deny ?? {}),
        ...Object.values(cases[id]?.pass ?? {}),
      ]) {
        const some = chosen.judge(input);
        const every = all.judge(input);
        assert.deepEqual(some.findings, every.findings);
        // rules about hosts have the one trait; those about policies have nothing to say of these, chosen or not
        const ofHost = ['load', 'activity'].includes((input as { operation: string }).operation);
        assert.ok(ofHost || some.rules.evaluated < every.rules.evaluated, 'nothing was skipped');
      }
    });
  }
});
