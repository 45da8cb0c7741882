// SPDX-License-Identifier: Apache-2.0
/** A rule's mode for some submissions only: by group, user, namespace, policy and environment. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openRuleset } from '../../../src/guardrails/index.ts';
import type { JudgeInput } from '../../../src/model/judge.ts';
import { PLATFORM, submission, TCP_CONNECT } from './submissions.ts';

const SRE = { user: 'ann', groups: ['tracegate:platform', 'example:sre'] };
const NAMESPACED = TCP_CONNECT.replace('kind: TracingPolicy', 'kind: TracingPolicyNamespaced').replace(
  'name: tcp-connect',
  'name: tcp-connect\n  namespace: shop',
);

/** What TPG-401, a warning in baseline, is with these cases. */
function severityWith(
  where: object[],
  { yaml = TCP_CONNECT, environment, ...change }: Partial<JudgeInput> & Options = {},
): string | undefined {
  const data = { rules: { 'TPG-401': { where } }, ...(environment && { environment }) };
  const { findings } = openRuleset({ data }).judge(submission(yaml, change));
  return findings.find(({ rule }) => rule === 'TPG-401')?.severity;
}

interface Options {
  yaml?: string;
  environment?: string;
}

describe('a rule’s mode for some submissions', () => {
  it('is that of the first case that fits, else the profile’s', () => {
    const where = [
      { mode: 'off', groups: ['example:sre'] },
      { mode: 'enforce', users: ['ann', 'pat'] },
    ];
    assert.equal(severityWith(where, { subject: SRE }), undefined);
    assert.equal(severityWith(where, { subject: PLATFORM }), 'deny');
    assert.equal(severityWith(where, { subject: { ...PLATFORM, user: 'tom' } }), 'warn');
  });

  it('needs every list of a case to fit', () => {
    const where = [{ mode: 'enforce', groups: ['example:sre'], namespaces: ['shop'] }];
    assert.equal(severityWith(where, { subject: SRE, yaml: NAMESPACED }), 'deny');
    assert.equal(severityWith(where, { subject: PLATFORM, yaml: NAMESPACED }), 'warn');
    assert.equal(severityWith(where, { subject: SRE }), 'warn');
  });

  it('is chosen by policy and by environment', () => {
    assert.equal(severityWith([{ mode: 'info', policies: ['tcp-connect'] }]), 'info');
    assert.equal(severityWith([{ mode: 'info', policies: ['others'] }]), 'warn');
    const where = [{ mode: 'enforce', environments: ['production'] }];
    assert.equal(severityWith(where, { environment: 'production' }), 'deny');
    assert.equal(severityWith(where, { environment: 'test' }), 'warn');
    assert.equal(severityWith(where), 'warn');
  });

  it('counts the rule as not applicable where it is off', () => {
    const off = openRuleset({ data: { rules: { 'TPG-401': { where: [{ mode: 'off', users: ['pat'] }] } } } });
    const on = openRuleset();
    const evaluated = (ruleset: typeof on) => ruleset.judge(submission(TCP_CONNECT)).rules.evaluated;
    assert.equal(evaluated(off), evaluated(on) - 1);
  });

  it('switches a rule on that the profile has off', () => {
    const data = { rules: { 'TPG-101': { where: [{ mode: 'enforce', users: ['pat'] }] } } };
    const rulesFor = (subject: JudgeInput['subject']) =>
      openRuleset({ data })
        .judge(submission(TCP_CONNECT, { subject }))
        .findings.map(({ rule }) => rule);
    assert.ok(rulesFor(PLATFORM).includes('TPG-101'));
    assert.ok(!rulesFor({ ...PLATFORM, user: 'tom' }).includes('TPG-101'));
  });

  it('cannot take self-protection away, and names something', () => {
    const wrong = (rule: string, where: object[], message: RegExp) =>
      assert.throws(() => openRuleset({ data: { rules: { [rule]: { where } } } }), message);
    wrong('TPG-301', [{ mode: 'warn', users: ['pat'] }], /self-protection/);
    wrong('TPG-401', [{ mode: 'off' }], /fewer than 2/);
    wrong('TPG-401', [{ mode: 'of', users: ['pat'] }], /allowed values/);
  });
});
