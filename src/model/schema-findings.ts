// SPDX-License-Identifier: Apache-2.0
/** What ajv found, in words a person can act on. */
import type { ErrorObject } from 'ajv';
import { escapePart } from './json-pointer.ts';
import { insteadOf, insteadOfType } from './language/other-words.ts';
import type { Problem } from './metadata.ts';
import { nearest, suggestion } from './near-match.ts';
import { excerpt } from './source-text.ts';

type Wording = (error: ErrorObject) => Problem;

/** One problem per error; an error of a keyword without a wording of its own keeps ajv's. */
export function problemOf(error: ErrorObject): Problem {
  const wording = WORDINGS[error.keyword];
  return wording
    ? wording(error)
    : { pointer: error.instancePath, message: error.message ?? `breaks ${error.keyword}` };
}

const WORDINGS: Record<string, Wording> = {
  additionalProperties: (error) => {
    const name = String(error.params.additionalProperty);
    const known = Object.keys((error.parentSchema?.properties as object | undefined) ?? {});
    return {
      pointer: `${error.instancePath}/${escapePart(name)}`,
      message: `unknown field "${excerpt(name)}"`,
      fix: insteadOf(name, known) ?? suggestion(name, known),
    };
  },
  required: (error) => ({
    pointer: error.instancePath,
    message: `the field "${String(error.params.missingProperty)}" is missing`,
    fix: `add ${String(error.params.missingProperty)}`,
  }),
  type: (error) => ({
    pointer: error.instancePath,
    message: `must be ${withArticle(String(error.params.type))}, not ${described(error.data)}`,
    ...typeFix(String(error.params.type), error.data),
  }),
  enum: (error) => {
    const allowed = (error.params.allowedValues as unknown[]).map(String);
    const written = typeof error.data === 'string' ? error.data : String(error.data);
    return {
      pointer: error.instancePath,
      message: `"${excerpt(written)}" is not one of the values allowed here`,
      fix: insteadOf(written, allowed) ?? structureFix(written, allowed) ?? suggestion(written, allowed),
    };
  },
  minimum: (error) => ({
    pointer: error.instancePath,
    message: `must be ${String(error.params.limit)} or more, not ${String(error.data)}`,
  }),
  maxItems: (error) => ({
    pointer: error.instancePath,
    message: `has ${(error.data as unknown[]).length} entries, at most ${String(error.params.limit)} are allowed`,
    fix: 'leave some out, or split the policy',
  }),
  maxLength: (error) => ({
    pointer: error.instancePath,
    message: `is longer than ${String(error.params.limit)} characters`,
    fix: 'shorten it',
  }),
  format: (error) => ({
    pointer: error.instancePath,
    message: `${String(error.data)} does not fit ${String(error.params.format)}`,
    fix: error.params.format === 'int32' ? 'use -2147483648 to 2147483647' : 'use a smaller number',
  }),
  pattern: (error) => ({
    pointer: error.instancePath,
    message: `"${excerpt(String(error.data))}" is not a label value`,
    fix: 'use letters, digits, "-", "_" and "."',
  }),
};

function structureFix(written: string, allowed: readonly string[]): string | undefined {
  return nearest(written, allowed) === undefined ? insteadOfType(written, allowed) : undefined;
}

function typeFix(type: string, data: unknown): { fix?: string } {
  if (type === 'string' && (typeof data === 'number' || typeof data === 'boolean'))
    return { fix: `quote it: "${data}"` };
  if (data === null) return { fix: 'give it a value or leave it out' };
  if (type === 'integer' && typeof data === 'string') return { fix: 'write the number without quotes' };
  if (type === 'boolean') return { fix: 'write true or false, without quotes' };
  if (type === 'array') return { fix: 'write a list: one "- " per entry' };
  return {};
}

function withArticle(type: string): string {
  const names: Record<string, string> = {
    integer: 'a whole number',
    boolean: 'true or false',
    array: 'a list',
    object: 'a mapping',
  };
  return names[type] ?? `a ${type.replaceAll(',', ' or ')}`;
}

function described(data: unknown): string {
  if (data === null) return 'empty (null)';
  if (Array.isArray(data)) return 'a list';
  if (typeof data === 'object') return 'a mapping';
  return typeof data === 'string' ? `the string "${excerpt(data)}"` : `the ${typeof data} ${String(data)}`;
}
