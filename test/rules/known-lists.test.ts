// SPDX-License-Identifier: Apache-2.0
/** Every policy of the one list is denied by the rule that must catch it; every one of the other passes without a warning. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type OpenRuleset, openRuleset } from '../../src/guardrails/index.ts';
import { knownCases, submissionOf } from './known-lists.ts';

const opened = new Map<string, OpenRuleset>();

function rulesetOf(profile: string): OpenRuleset {
  const ruleset = opened.get(profile) ?? openRuleset({ profile });
  opened.set(profile, ruleset);
  return ruleset;
}

const bad = knownCases('bad');
const harmless = knownCases('harmless');

describe('policies that must be denied', () => {
  it('are at least 330, each under a name of its own', () => {
    assert.ok(bad.length >= 330, `${bad.length}`);
    assert.equal(new Set(bad.map(({ name }) => name)).size, bad.length);
  });

  for (const known of bad) {
    it(`${known.rule}: ${known.name}`, () => {
      const { read, input } = submissionOf(known);
      const findings = input ? rulesetOf(known.profile ?? 'baseline').judge(input).findings : read.findings;
      const denials = findings.filter(({ severity }) => severity === 'deny').map(({ rule }) => rule);
      assert.ok(
        denials.includes(known.rule ?? ''),
        `${known.rule} says nothing; denied by ${[...new Set(denials)].join(', ') || 'nobody'}${input ? '' : `: ${findings[0]?.message}`}`,
      );
    });
  }
});

describe('harmless policies', () => {
  it('are at least 210, each under a name of its own', () => {
    assert.ok(harmless.length >= 210, `${harmless.length}`);
    assert.equal(new Set(harmless.map(({ name }) => name)).size, harmless.length);
  });

  for (const known of harmless) {
    it(known.name, () => {
      const { read, input } = submissionOf(known);
      const findings = input ? rulesetOf(known.profile ?? 'baseline').judge(input).findings : read.findings;
      const said = findings
        .filter(({ severity }) => severity !== 'info')
        .map(({ rule, severity, message }) => `${rule} ${severity}: ${message}`);
      assert.deepEqual(said, []);
    });
  }
});
