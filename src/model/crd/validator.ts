// SPDX-License-Identifier: Apache-2.0
/** Compiled schemas. A bundle has the compiled code in place of this file (setup/build-validators.ts): compiling takes a fifth of a second. */
import { Ajv, type Options, type ValidateFunction } from 'ajv';
import type { PolicyKind } from '../document.ts';
import { ajvSchema } from './ajv-schema.ts';
import * as formats from './formats.ts';

export const OPTIONS: Options = {
  allErrors: true,
  verbose: true,
  ownProperties: true,
  allowUnionTypes: true,
  formats: { ...formats },
};

export function makeValidator(kind: PolicyKind): ValidateFunction {
  return new Ajv(OPTIONS).compile(ajvSchema(kind));
}
