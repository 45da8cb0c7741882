// SPDX-License-Identifier: Apache-2.0
/** Filters on programs: the one a process runs, those it comes from, and the one that started it. */
import type { SelectorSpec } from '../document.ts';
import type { BinaryMatch, BinaryOperator, NormalSelector } from '../normal-policy.ts';
import { type Ledger, refuse } from './ledger.ts';
import { checkCount, checkLength } from './values.ts';

type Spec = NonNullable<SelectorSpec['matchBinaries']>[number];

export function normalBinaries(ledger: Ledger, specs: readonly Spec[], pointer: string): BinaryMatch[] {
  return specs.map((spec, index) => {
    const path = `${pointer}/${index}`;
    const match = normalPrograms(ledger, spec, path);
    if (!spec.followChildren) return match;
    if (spec.operator !== 'In' && spec.operator !== 'NotIn') {
      const message = `followChildren goes with In and NotIn, not with ${spec.operator}`;
      refuse(ledger, `${path}/followChildren`, message, 'name the programs by their whole paths');
    }
    return { ...match, followChildren: true };
  });
}

/** None where the document names none. */
export function normalParents(
  ledger: Ledger,
  specs: readonly Spec[],
  pointer: string,
): Pick<NormalSelector, 'matchParentBinaries'> {
  const matches = specs.map((spec, index) => {
    const path = `${pointer}/${index}`;
    if (spec.followChildren) {
      const message = 'the parent is one program, and what comes from it is asked by matchBinaries';
      refuse(ledger, `${path}/followChildren`, message, 'use matchBinaries with followChildren');
    }
    return normalPrograms(ledger, spec, path);
  });
  return matches.length > 0 ? { matchParentBinaries: matches } : {};
}

function normalPrograms(ledger: Ledger, { operator, values }: Spec, path: string): BinaryMatch {
  checkCount(ledger, values, `${path}/values`);
  values.forEach((value, at) => void checkBinary(ledger, value, `${path}/values/${at}`));
  return { path, operator: operator as BinaryOperator, values: [...values] };
}

function checkBinary(ledger: Ledger, value: string, pointer: string): void {
  checkLength(ledger, value, pointer);
  if (value === '' || value.includes('\0'))
    refuse(ledger, pointer, 'no executable has such a path', 'write the path of a file');
}
