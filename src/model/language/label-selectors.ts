// SPDX-License-Identifier: Apache-2.0
/** `matchLabels` and `matchExpressions` → requirements, each as the API server would take it elsewhere. */
import type { LabelRequirement } from '../labels.ts';
import { keyProblem, valueProblem } from '../metadata.ts';
import { excerpt } from '../source-text.ts';
import { type Ledger, refuse } from './ledger.ts';

export interface LabelSelector {
  matchLabels?: Record<string, string>;
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
}

const LISTED: readonly string[] = ['In', 'NotIn'];

/** `isKey`: keys beside those that a label may have. */
export function requirementsOf(
  ledger: Ledger,
  { matchLabels = {}, matchExpressions = [] }: LabelSelector,
  pointer: string,
  isKey: (key: string) => boolean = () => false,
): LabelRequirement[] {
  const labels = Object.entries(matchLabels).map(([key, value]) => ({
    ...{ key, operator: 'In', values: [value], at: `${pointer}/matchLabels` },
  }));
  const expressions = matchExpressions.map(({ key, operator, values = [] }, index) => ({
    ...{ key, operator, values, at: `${pointer}/matchExpressions/${index}` },
  }));
  const all = [...labels, ...expressions];
  for (const one of all) checkRequirement(ledger, one, isKey(one.key));
  return all
    .map(({ key, operator, values }) => ({
      ...{ key, operator: operator as LabelRequirement['operator'], values: [...new Set(values)].sort() },
    }))
    .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

interface Written {
  key: string;
  operator: string;
  values: string[];
  at: string;
}

function checkRequirement(ledger: Ledger, { key, operator, values, at }: Written, known: boolean): void {
  const problem = known ? undefined : keyProblem(key);
  if (problem) refuse(ledger, at, problem, 'write name or domain/name, such as app.kubernetes.io/name');
  if (LISTED.includes(operator) !== values.length > 0) {
    const fix = LISTED.includes(operator) ? 'name one at least' : 'use In, or leave the values out';
    refuse(ledger, at, `${operator} with ${values.length} values`, fix);
  }
  for (const value of values) {
    const wrong = valueProblem(value);
    if (wrong)
      refuse(
        ledger,
        at,
        wrong,
        `no label is "${excerpt(value)}": use at most 63 letters, digits, "-", "_" and "."`,
      );
  }
}
