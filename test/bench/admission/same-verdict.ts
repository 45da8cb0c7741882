// SPDX-License-Identifier: Apache-2.0
/** Whether a server's answer says what our rules say of a case; each throws when it does not. */
import { openRuleset } from '../../../src/guardrails/index.ts';
import type { Verdict } from '../../../src/model/judge.ts';
import { type Case, judgedOf } from './policy.ts';

const ruleset = openRuleset();
const known = new Map<Case, Verdict>();

export function expectedOf(one: Case): Verdict {
  const verdict = known.get(one) ?? ruleset.judge(judgedOf(one));
  known.set(one, verdict);
  return verdict;
}

const denialsOf = (one: Case): string[] =>
  expectedOf(one)
    .findings.filter(({ severity }) => severity === 'deny')
    .map(({ message }) => message);

/** An AdmissionReview: the same verdict, and each reason for a denial is named. */
export function checkReview(one: Case, answer: string): void {
  const { response } = JSON.parse(answer) as {
    response?: { allowed: boolean; status?: { message?: string } };
  };
  const said = response?.status?.message ?? '';
  const same =
    response?.allowed === expectedOf(one).allowed &&
    denialsOf(one).every((message) => said.includes(message));
  if (!same) throw new Error(`another verdict on ${one.name}: ${answer.slice(0, 300)}`);
}

/** OPA's data API gives the whole decision. */
export function checkOpa(one: Case, answer: string): void {
  const { allowed, findings, rules } = expectedOf(one);
  const { result } = JSON.parse(answer) as {
    result?: { allowed: boolean; findings: unknown[]; rules: { evaluated: number } };
  };
  const same =
    result?.allowed === allowed &&
    result.findings.length === findings.length &&
    result.rules.evaluated === rules.evaluated;
  if (!same) throw new Error(`another verdict on ${one.name}: ${answer.slice(0, 300)}`);
}
