// SPDX-License-Identifier: Apache-2.0
/** Filters on programs: the one a process runs, those it comes from, and the one that started it. */
import type { SelectorSpec } from '../document.ts';
import type { BinaryMatch, BinaryOperator, NormalSelector } from '../normal-policy.ts';
import { type Ledger, refuse } from './ledger.ts';
import { arePlainPaths } from './plain-paths.ts';
import { readOnce } from './same-lists.ts';
import { checkCount, checkLength } from './values.ts';

type Spec = NonNullable<SelectorSpec['matchBinaries']>[number];

export function normalBinaries(ledger: Ledger, specs: readonly Spec[], pointer: string): BinaryMatch[] {
  return specs.map((spec, index) => normalPrograms(ledger, spec, `${pointer}/${index}`));
}

/** None where the document names none. */
export function normalParents(
  ledger: Ledger,
  specs: readonly Spec[],
  pointer: string,
): Pick<NormalSelector, 'matchParentBinaries'> {
  const matches = normalBinaries(ledger, specs, pointer);
  return matches.length > 0 ? { matchParentBinaries: matches } : {};
}

function normalPrograms(ledger: Ledger, spec: Spec, path: string): BinaryMatch {
  const { operator, values: written, followChildren } = spec;
  const { values, plain } = readOnce(ledger, { type: 'program', operator, written }, () =>
    readPrograms(ledger, spec, `${path}/values`),
  );
  if (followChildren && operator !== 'In' && operator !== 'NotIn') {
    const message = `followChildren goes with In and NotIn, not with ${operator}`;
    refuse(ledger, `${path}/followChildren`, message, 'name the programs by their whole paths');
  }
  const match: BinaryMatch = { path, operator: operator as BinaryOperator, values };
  if (followChildren) match.followChildren = true;
  if (plain) match.plain = true;
  return match;
}

function readPrograms(ledger: Ledger, { operator, values }: Spec, pointer: string) {
  checkCount(ledger, values, pointer, operator);
  values.forEach((value, at) => void checkBinary(ledger, value, `${pointer}/${at}`));
  return { values: [...values], plain: arePlainPaths(operator as BinaryOperator, values) };
}

function checkBinary(ledger: Ledger, value: string, pointer: string): void {
  checkLength(ledger, value, pointer);
  if (value === '' || value.includes('\0'))
    refuse(ledger, pointer, 'no executable has such a path', 'write the path of a file');
}
