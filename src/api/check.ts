// SPDX-License-Identifier: Apache-2.0
/** Checks of query and body by the schemas the routes declare. Compiled once, at start, from our own schemas only. */
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormatsModule from 'ajv-formats';
import { Fault } from '../errors.ts';
import { nearest } from '../model/near-match.ts';
import type { Schema } from './route.ts';

/** Throws Fault `bad-request` for what does not fit; answers with the value, defaults filled in. */
export type Check = (value: unknown) => Record<string, unknown>;

export interface Checks {
  query(properties: Record<string, Schema>): Check;
  body(schema: Schema): Check;
}

/** Two compilers for all routes: text from a query is turned into numbers and truth values, a body is not. */
export function openChecks(): Checks {
  const [forQueries, forBodies] = [newAjv({ coerceTypes: true }), newAjv({})];
  return {
    query(properties) {
      const validate = forQueries.compile({ type: 'object', properties, additionalProperties: false });
      return (value) => checked(validate, { ...(value as object) }, 'the query', Object.keys(properties));
    },
    body(schema) {
      const validate = forBodies.compile(schema);
      const known = Object.keys((schema.properties as object | undefined) ?? {});
      return (value) => checked(validate, value, 'the body', known);
    },
  };
}

function newAjv(options: { coerceTypes?: boolean }): Ajv2020 {
  const ajv = new Ajv2020({
    ...options,
    strict: true,
    strictRequired: false,
    useDefaults: true,
    allErrors: false,
  });
  // a CommonJS module: its function hides behind `default` for TypeScript, and is the import itself for Node
  const addFormats = addFormatsModule as unknown as (ajv: Ajv2020, formats: string[]) => void;
  addFormats(ajv, ['date-time']);
  return ajv;
}

function checked(
  validate: ValidateFunction,
  value: unknown,
  what: string,
  known: string[],
): Record<string, unknown> {
  if (validate(value)) return value as Record<string, unknown>;
  throw new Fault('bad-request', `${what} is not right: ${wordsOf(validate.errors?.[0], known)}`);
}

function wordsOf(error: ErrorObject | undefined, known: string[]): string {
  const extra = error?.params.additionalProperty as string | undefined;
  if (error?.keyword === 'additionalProperties' && extra !== undefined) {
    const near = nearest(extra, known);
    const hint = near === undefined ? `known are ${known.join(', ') || 'none'}` : `did you mean "${near}"?`;
    return `there is no "${printable(extra)}"; ${hint}`;
  }
  const where = error?.instancePath === '' ? '' : `${printable(error?.instancePath ?? '')} `;
  const choices = error?.keyword === 'enum' ? `: ${(error.params.allowedValues as string[]).join(', ')}` : '';
  return `${where}${error?.message ?? 'it does not fit'}${choices}`;
}

function printable(text: string): string {
  return text.slice(0, 80).replace(/[^\x20-\x7e]/g, '?');
}
