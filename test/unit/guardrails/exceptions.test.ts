// SPDX-License-Identifier: Apache-2.0
/** What an exception does to a verdict, and everything that keeps it from doing anything. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Fault } from '../../../src/errors.ts';
import { type OpenRuleset, openRuleset, type RuleException } from '../../../src/guardrails/index.ts';
import type { PolicyException } from '../../../src/model/exception.ts';
import type { JudgeInput } from '../../../src/model/judge.ts';
import { restrictSymlink, SIGKILL, submission, TCP_CONNECT } from './submissions.ts';

const baseline = openRuleset();

const EXCEPTION: PolicyException = {
  ...{ id: 'ex-1', rule: 'TPG-203', scope: { policies: ['restrict-symlink'] }, who: { users: ['pat'] } },
  ...{
    requester: 'tom',
    approver: 'sue',
    ticket: 'OPS-7',
    reason: 'until the new linker',
    expires: '2026-02-01T00:00:00Z',
  },
};

/** Everything but one program dies: TPG-203. */
const byException = submission(
  restrictSymlink(SIGKILL).replace(
    /matchArgs:\n.*\n/,
    'matchBinaries: [{operator: NotIn, values: [/usr/bin/ln]}]\n',
  ),
);

const judged = (change: Partial<PolicyException>, input: Partial<JudgeInput> = {}) =>
  baseline.judge({ ...byException, exceptions: [{ ...EXCEPTION, ...change }], ...input });

describe('an exception', () => {
  it('lets a denial pass, which stays in the verdict as information and says by whose word', () => {
    assert.equal(baseline.judge(byException).allowed, false);
    const verdict = judged({});
    assert.equal(verdict.allowed, true);
    const found = verdict.findings.filter(({ rule }) => rule === 'TPG-203');
    assert.deepEqual(
      found.map(({ severity, exception }) => [severity, exception]),
      [['info', 'ex-1']],
    );
    const { scope: _, who: __, ...shown } = EXCEPTION;
    assert.deepEqual(verdict.exceptions, [shown]);
    assert.equal(
      verdict.rules.evaluated,
      baseline.judge(byException).rules.evaluated,
      'the rule is judged as ever',
    );
  });

  // biome-ignore format: a table is read in rows
  const NOTHING: [what: string, change: Partial<PolicyException>, input?: Partial<JudgeInput>][] = [
    ['of another rule', { rule: 'TPG-211' }],
    ['for another policy', { scope: { policies: ['restrict'] } }],
    ['for the same name in a namespace', { scope: { policies: ['team-a/restrict-symlink'] } }],
    ['for a namespace', { scope: { namespaces: ['default'] } }],
    ['for another user', { who: { users: ['tom'] } }],
    ['for other groups', { who: { groups: ['system:masters'] } }],
    ['with one list that fits and one that does not', { who: { users: ['pat'], groups: ['others'] } }],
    ['with an empty list', { scope: { policies: [] } }],
    ['about nothing', { scope: {}, who: {} }],
    ['that is over', { expires: '2025-12-31T23:59:59Z' }],
    ['that ends at this moment', { expires: '2026-01-01T00:00:00Z' }],
    ['whose end cannot be read', { expires: 'next summer' }],
    ['over by the clock of who judges again', {}, { clock: '2026-02-01T00:00:00Z' }],
    ['approved by who asked', { approver: 'tom' }],
    ['approved by nobody', { approver: '' }],
    ['asked for by nobody', { requester: '' }],
  ];
  for (const [what, change, input] of NOTHING) {
    it(`${what} does nothing`, () => {
      const verdict = judged(change, input);
      assert.deepEqual([verdict.allowed, verdict.exceptions], [false, undefined]);
    });
  }

  it('for a group or a namespace does', () => {
    assert.equal(judged({ scope: {}, who: { groups: ['tracegate:platform'] } }).allowed, true);
    const inNamespace = submission(
      restrictSymlink(SIGKILL, 'name: restrict-symlink\n  namespace: team-a')
        .replace('kind: TracingPolicy', 'kind: TracingPolicyNamespaced')
        .replace(/matchArgs:\n.*\n/, 'matchBinaries: [{operator: NotIn, values: [/usr/bin/ln]}]\n'),
    );
    for (const scope of [{ namespaces: ['team-a'] }, { policies: ['team-a/restrict-symlink'] }])
      assert.equal(baseline.judge({ ...inNamespace, exceptions: [{ ...EXCEPTION, scope }] }).allowed, true);
  });

  it('of a rule that keeps hosts alive does nothing, and cannot be written down', () => {
    const everybody = submission(restrictSymlink(SIGKILL).replace(/matchArgs:\n.*\n\s+/, ''));
    const exceptions = [{ ...EXCEPTION, rule: 'TPG-201' }];
    assert.equal(baseline.judge({ ...everybody, exceptions }).allowed, false);
    const never = baseline.catalogue.filter((rule) => rule.exceptions === 'never').map(({ id }) => id);
    for (const id of ['TPG-201', 'TPG-202', 'TPG-204', 'TPG-301', 'TPG-302', 'TPG-402'])
      assert.ok(never.includes(id), id);
  });

  it('is no business of the rules: they never see it', () => {
    const opened = openRuleset();
    const seen = judgedBy(opened, { ...byException, exceptions: [{ ...EXCEPTION, rule: 'TPG-999' }] });
    assert.deepEqual(seen, judgedBy(opened, byException));
  });
});

const judgedBy = (ruleset: OpenRuleset, input: JudgeInput) => ruleset.judge(input);

describe('the rules that ask for an approval', () => {
  const exceptable = (id: string) =>
    baseline.catalogue.find((rule) => rule.id === id)?.exceptions !== 'never';

  it('can all be excepted from', () => {
    const asked = ['107', '110', '203', '209', '211', '212', '215', '216', '218', '303', '305', '307', '308'];
    const more = ['501', '502', '503', '506', '602', '603', '604'];
    for (const number of [...asked, ...more]) assert.ok(exceptable(`TPG-${number}`), number);
  });
});

const WRITTEN: RuleException = {
  ...{ rule: 'TPG-401', who: { groups: ['tracegate:platform'] }, requester: 'tom', approver: 'sue' },
  ...{ ticket: 'OPS-7', reason: 'sampled elsewhere', expires: '2026-02-01T00:00:00Z' },
};

describe('an exception in the organisation’s data', () => {
  it('turns a warning into information until it ends', () => {
    const own = openRuleset({ data: { exceptions: [WRITTEN] } });
    const severityAt = (time: string) =>
      own.judge(submission(TCP_CONNECT, { time })).findings.find(({ rule }) => rule === 'TPG-401')?.severity;
    assert.deepEqual(
      [severityAt('2026-01-01T00:00:00Z'), severityAt('2026-02-01T00:00:00Z')],
      ['info', 'warn'],
    );
    assert.notEqual(own.digest, baseline.digest, 'other exceptions, another digest');
    const verdict = own.judge(submission(TCP_CONNECT));
    assert.equal(verdict.exceptions?.[0]?.id, 'organisation-1');
  });

  const { ticket: _, ...withoutTicket } = WRITTEN;
  const { expires: __, ...withoutEnd } = WRITTEN;
  const { who: ___, ...aboutNothing } = WRITTEN;
  // biome-ignore format: a table is read in rows
  const WRONG: [string, unknown, RegExp][] = [
    ['without a ticket', withoutTicket, /ticket/],
    ['without an end', withoutEnd, /expires/],
    ['about nothing', aboutNothing, /fewer than 7/],
    ['with an empty list', { ...WRITTEN, who: { users: [] } }, /who\/users/],
    ['approved by who asked', { ...WRITTEN, approver: 'tom' }, /tom cannot approve what tom asks for/],
    ['of a rule that is not there', { ...WRITTEN, rule: 'TPG-999' }, /no rule TPG-999/],
    ['of a rule without exceptions', { ...WRITTEN, rule: 'TPG-302' }, /nobody is excepted from TPG-302/],
    ['with an end in words', { ...WRITTEN, expires: 'never' }, /expires/],
    ['with a key that is not known', { ...WRITTEN, polices: ['x'] }, /polices/],
  ];
  for (const [what, exception, why] of WRONG) {
    it(`${what} is refused`, () => {
      assert.throws(
        () => openRuleset({ data: { exceptions: [exception] } }),
        (thrown) => thrown instanceof Fault && thrown.code === 'config' && why.test(thrown.message),
      );
    });
  }
});
