// SPDX-License-Identifier: Apache-2.0
/**
 * Whether paths are spelt as a kernel spells them. Asked here once, because guardrails that go through many paths letter
 * by letter are most of what a review costs.
 */
import type { Operator } from '../normal-policy.ts';

const ODD = /\/\/|\/\.\/|\/\.\.\/|\*|\/proc\//;

/** No value has anything that a kernel never has in a path: a rule that looks for such things has nothing to find. */
export function arePlainPaths(operator: Operator, values: readonly string[]): boolean {
  const whole = operator === 'Equal' || operator === 'Prefix';
  const plain = (value: string): boolean =>
    (whole ? value.startsWith('/') : value.includes('/')) &&
    (operator === 'Prefix' || !value.endsWith('/')) &&
    !ODD.test(value);
  return values.length > 0 && values.every(plain);
}
