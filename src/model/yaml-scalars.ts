// SPDX-License-Identifier: Apache-2.0
/** Plain YAML scalars: what they mean, and whether every reader thinks so. */
import { CORE_SCHEMA, YAML11_SCHEMA } from 'js-yaml';

/** Both readings of a plain scalar. Where they differ, a word Kubernetes takes for a truth value is one; the rest stays text. */
export function readPlain(text: string): { value: unknown; ambiguous: boolean } {
  const core = CORE_SCHEMA.resolveImplicitScalarTag(text).value;
  const old = YAML11_SCHEMA.resolveImplicitScalarTag(text).value;
  if (Object.is(core, old)) return { value: typeof core === 'number' ? core + 0 : core, ambiguous: false };
  return { value: typeof old === 'boolean' && text.length > 1 ? old : text, ambiguous: true };
}

export function isInexact(value: number): boolean {
  return !Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value));
}

/** A key every reader turns into the same text: a string, or a number or word written the one way it prints. */
export function isDoubtfulKey(key: string): boolean {
  const { value, ambiguous } = readPlain(key);
  return ambiguous || value === null || String(value) !== key;
}
