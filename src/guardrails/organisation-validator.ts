// SPDX-License-Identifier: Apache-2.0
/** A bundle has in place of this file the compiled code of the schema that comes with it (setup/build-validators.ts). */
import type { Options, ValidateFunction } from 'ajv';
import type { Organisation } from './organisation.ts';

export const OPTIONS: Options = { allErrors: true, strict: true, code: { optimize: false } };

/** Undefined for a schema that was not compiled beforehand. */
export function compiledBefore(_schema: object): ValidateFunction<Organisation> | undefined {
  return undefined;
}
