// SPDX-License-Identifier: Apache-2.0
/** Our way into the instance gives what the SDK's own `evaluate` gives, wherever that one can be trusted. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import * as sdk from '@open-policy-agent/opa-wasm';
import fc from 'fast-check';
import { Evaluator } from '../../../src/guardrails/evaluator.ts';
import {
  type Organisation,
  readBundle,
  rulesCatalogue,
  SHIPPED_BUNDLE,
} from '../../../src/guardrails/index.ts';
import { compiledData } from '../../../src/guardrails/organisation.ts';
import { restrictSymlink, SIGKILL, submission } from './submissions.ts';

const { loadPolicySync } = (sdk as unknown as { default: typeof sdk }).default;
const files = readBundle(SHIPPED_BUNDLE);
const data = compiledData(
  JSON.parse(Buffer.from(files['data.json']).toString()) as Organisation,
  rulesCatalogue(),
  'strict',
);
const evaluator = new Evaluator(files['policy.wasm'], 'tracegate/judge/decision', data);
const oracle = loadPolicySync(
  new WebAssembly.Module(files['policy.wasm']) as never,
  { initial: 32 } as never,
);
oracle.setData(data);

const decided = (input: object): unknown =>
  (oracle.evaluate(input, 'tracegate/judge/decision') as [{ result: unknown }])[0].result;

describe('the engine and the SDK', () => {
  it('agree on every case of the rules', () => {
    const cases = JSON.parse(
      readFileSync(join(import.meta.dirname, '../../rules/cases.generated.json'), 'utf8'),
    ) as Record<string, Record<string, object>>;
    let compared = 0;
    for (const { deny, pass } of Object.values(cases)) {
      for (const input of [...Object.values(deny ?? {}), ...Object.values(pass ?? {})] as object[]) {
        assert.deepEqual(evaluator.evaluate(input), decided(input));
        compared++;
      }
    }
    assert.ok(compared > 100);
  });

  it('agree whatever the texts are, beyond ASCII and over several sizes', () => {
    const base = submission(restrictSymlink(SIGKILL));
    const text = fc.string({ unit: 'grapheme', maxLength: 400 });
    fc.assert(
      fc.property(text, fc.array(text, { maxLength: 20 }), (user, groups) => {
        const input = { ...base, subject: { user, groups } };
        assert.deepEqual(evaluator.evaluate(input), decided(input));
      }),
      { numRuns: 200 },
    );
  });

  it('agree after an input that made memory grow', () => {
    const base = submission(restrictSymlink(SIGKILL));
    for (const size of [10, 2_000_000, 10, 6_000_000, 10]) {
      const input = { ...base, reason: 'x'.repeat(size) };
      assert.deepEqual(evaluator.evaluate(input), decided(input));
    }
  });
});
