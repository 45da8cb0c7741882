// SPDX-License-Identifier: Apache-2.0
// What OPA's own interpreter decides: the reference for the compiled module.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Profile } from '../../src/guardrails/catalogue.ts';
import type { RulesReport } from '../../src/model/decision.ts';
import type { Finding } from '../../src/model/finding.ts';
import { json, withStage } from '../../src/rule-kit/stage.ts';

export interface ReferenceDecision {
  allowed: boolean;
  findings: Finding[];
  rules: Pick<RulesReport, 'total' | 'evaluated' | 'notApplicable'>;
}

const QUERY =
  '[decision | some submission in data.submissions; decision := data.tracegate.judge.decision with input as submission]';

/** One decision for each submission, in their order. */
export function judgedByGo(
  opa: string,
  roots: readonly string[],
  profile: Profile,
  submissions: readonly object[],
): ReferenceDecision[] {
  return withStage(opa, roots, profile, ({ work, sources, run }) => {
    writeFileSync(join(work, 'submissions.json'), json({ submissions }));
    const files = ['data.json', 'submissions.json', ...sources].flatMap((path) => ['-d', path]);
    const { result } = JSON.parse(run(['eval', '-f', 'json', ...files, QUERY])) as {
      result: [{ expressions: [{ value: ReferenceDecision[] }] }];
    };
    return result[0].expressions[0].value;
  });
}
