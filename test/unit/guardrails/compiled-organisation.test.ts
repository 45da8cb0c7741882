// SPDX-License-Identifier: Apache-2.0
/** The schema of an organisation's data as a bundle has it, compiled beforehand, says what it says when it is compiled where it is used. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Ajv, type ValidateFunction } from 'ajv';
import fc from 'fast-check';
import { SHIPPED_BUNDLE } from '../../../src/guardrails/index.ts';
import * as source from '../../../src/guardrails/organisation-validator.ts';
import { compiledValidators } from '../../fixtures/compiled-validators.ts';

const { compiledBefore } = await compiledValidators();
const schema = JSON.parse(readFileSync(join(SHIPPED_BUNDLE, 'schema.json'), 'utf8')) as {
  properties: Record<string, object>;
};
const here = new Ajv(source.OPTIONS).compile(schema);

function said(validate: ValidateFunction, data: unknown): unknown {
  return { valid: validate(data), errors: validate.errors };
}

describe('the compiled schema of an organisation’s data', () => {
  it('finds the same, whatever is wrong', () => {
    const beforehand = compiledBefore(structuredClone(schema));
    assert.ok(beforehand);
    const right = { approvals: {}, groups: {}, rules: { 'TPG-101': { mode: 'warn' } }, limits: {} };
    const inner = fc.dictionary(
      fc.constantFrom('mode', 'where', 'loaders', 'guardTargets', 'maxKills', 'required', 'names', 'x'),
      fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constantFrom('off', 'warn', ['a'], [''], -1, {})),
    );
    const data = fc.dictionary(
      fc.constantFrom(...Object.keys(schema.properties), 'mistyped'),
      fc.oneof(inner, fc.jsonValue({ maxDepth: 2 }), fc.dictionary(fc.string(), inner)),
    );
    assert.deepEqual(said(beforehand, right), said(here, right));
    let wrong = 0;
    fc.assert(
      fc.property(data, (value) => {
        const found = said(beforehand, value);
        if (!(found as { valid: boolean }).valid) wrong++;
        assert.deepEqual(found, said(here, value));
      }),
      { numRuns: 1500 },
    );
    assert.ok(wrong > 500 && wrong < 1500, `${wrong} were wrong`);
  });

  it('is not taken for another one', () => {
    assert.equal(compiledBefore({ ...schema, properties: { ...schema.properties, more: {} } }), undefined);
    assert.equal(source.compiledBefore(schema), undefined, 'the sources have none');
  });
});
