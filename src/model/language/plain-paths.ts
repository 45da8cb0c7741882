// SPDX-License-Identifier: Apache-2.0
/**
 * Whether paths are spelt as a kernel spells them. Asked here once, because guardrails that go through many paths letter
 * by letter are most of what a review costs.
 */
import type { BinaryOperator, Operator } from '../normal-policy.ts';

/** Detours, patterns of shells and regular expressions, and what a copied line leaves at an end. */
const ODD = /[*?^{[$]|\/(?:\/|\.\.?(?:\/|$)|proc\/)|\.\+|\s$| \(deleted\)/;
const SLASH = 47;
const BEGINNINGS: readonly string[] = ['Prefix', 'NotPrefix'] satisfies Operator[];
const WHOLE: readonly string[] = [
  ...(['Equal', 'Prefix'] satisfies Operator[]),
  ...(['In', 'NotIn', 'NotPrefix'] satisfies BinaryOperator[]),
];

/**
 * No value has anything that a kernel never has in a path, or is no more than a slash: a rule that looks for such things
 * has nothing to find.
 */
export function arePlainPaths(operator: Operator | BinaryOperator, values: readonly string[]): boolean {
  const whole = WHOLE.includes(operator);
  const beginning = BEGINNINGS.includes(operator);
  const plain = (value: string): boolean =>
    value.length > 1 &&
    (whole ? value.charCodeAt(0) === SLASH : value.includes('/')) &&
    (beginning || value.charCodeAt(value.length - 1) !== SLASH) &&
    !ODD.test(value);
  return values.length > 0 && values.every(plain);
}
