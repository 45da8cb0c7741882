// SPDX-License-Identifier: Apache-2.0
/** The schemas as a bundle has them, compiled beforehand, say what they say when they are compiled where they are used. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ValidateFunction } from 'ajv';
import fc from 'fast-check';
import { makeValidator } from '../../../src/model/crd/validator.ts';
import { readDocument } from '../../../src/model/read-document.ts';
import { KINDS } from '../../../src/model/validate.ts';
import { compiledValidators } from '../../fixtures/compiled-validators.ts';
import { FIELD_POLICIES } from '../../fixtures/policies.ts';

const compiled = await compiledValidators();

function said(validate: ValidateFunction, document: unknown): unknown {
  const valid = validate(structuredClone(document));
  return { valid, errors: validate.errors?.map(({ schema, parentSchema, ...rest }) => rest) };
}

/** Something else in place of one thing within. */
function changed(value: unknown, path: number[], by: unknown): unknown {
  if (typeof value !== 'object' || value === null || path.length === 0) return by;
  const keys = Object.keys(value);
  const key = keys[(path[0] as number) % Math.max(1, keys.length)];
  if (key === undefined) return by;
  const inner = changed((value as Record<string, unknown>)[key], path.slice(1), by);
  return Array.isArray(value) ? value.with(Number(key), inner) : { ...value, [key]: inner };
}

describe('the compiled schemas', () => {
  const policies = Object.values(FIELD_POLICIES).map((text) => readDocument(text, 'yaml').value);
  for (const kind of KINDS)
    it(`of ${kind} find the same, whatever is wrong`, () => {
      const [here, beforehand] = [makeValidator(kind), compiled.makeValidator(kind)];
      for (const policy of policies) assert.deepEqual(said(beforehand, policy), said(here, policy));
      const wrong = fc.tuple(
        fc.constantFrom(...policies),
        fc.array(fc.nat(12), { minLength: 1, maxLength: 9 }),
        fc.oneof(
          fc.jsonValue({ maxDepth: 2 }),
          fc.constantFrom(2 ** 31, -(2 ** 31), 2 ** 53, 'Equal', {}, []),
        ),
      );
      fc.assert(
        fc.property(wrong, ([policy, path, by]) => {
          const document = changed(policy, path, by);
          assert.deepEqual(said(beforehand, document), said(here, document));
        }),
        { numRuns: 600 },
      );
    });
});
