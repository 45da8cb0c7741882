// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Fault } from '../../../src/errors.ts';
import { intake, intakeObject } from '../../../src/model/intake.ts';
import { FIELD_POLICIES } from '../../fixtures/policies.ts';

const WORDS = [
  'kprobes',
  'tracepoints',
  'lists',
  'options',
  'call',
  'syscall',
  'args',
  'index',
  'type',
  'selectors',
  'matchArgs',
  'matchPIDs',
  'matchBinaries',
  'matchActions',
  'matchReturnArgs',
  'operator',
  'values',
  'action',
  'argError',
  'return',
  'returnArg',
  'name',
  'value',
  'subsystem',
  'event',
  '__proto__',
  'constructor',
  'toString',
  'podSelector',
  'selectorsMacros',
] as const;
const LEAVES = fc.oneof(
  fc.constantFrom(
    'sys_dup',
    'list:x',
    'Equal',
    'Mask',
    'Override',
    'Sigkill',
    'In',
    'int',
    'string',
    'auto',
    'policy-mode',
    '0x1',
    '-1',
    '',
  ),
  fc.constantFrom(0, 1, -1, 5, 2 ** 31, 2 ** 53, 0.5, true, false, null),
  fc.string({ maxLength: 8 }),
);
const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'medium', maxDepth: 7 },
    LEAVES,
    fc.array(tie('tree'), { maxLength: 3 }),
    fc
      .array(fc.tuple(fc.constantFrom(...WORDS), tie('tree')), { maxLength: 5 })
      .map((entries) => Object.fromEntries(entries)),
  ),
}));

describe('whatever is submitted', () => {
  it('as an object is valid or says why not, and nothing else happens', () => {
    fc.assert(
      fc.property(tree, fc.boolean(), (value, namespaced) => {
        const kind = namespaced ? 'TracingPolicyNamespaced' : 'TracingPolicy';
        const taken = intakeObject({
          apiVersion: 'cilium.io/v1alpha1',
          kind,
          metadata: { name: 'x' },
          spec: value,
        });
        assert.equal(
          taken.valid,
          taken.findings.every(({ severity }) => severity !== 'deny'),
        );
        assert.match(taken.digest, /^sha256:[0-9a-f]{64}$/);
      }),
      { numRuns: 400 },
    );
  });

  it('as a policy of the field with a stretch of it changed ends in an answer, never in a crash', () => {
    const stretches = fc.tuple(
      fc.constantFrom(...Object.values(FIELD_POLICIES)),
      fc.nat(1000),
      fc.nat(30),
      fc.string({ maxLength: 6, unit: 'binary' }),
    );
    fc.assert(
      fc.property(stretches, ([text, at, length, instead]) => {
        const start = at % text.length;
        try {
          const taken = intake(Buffer.from(text.slice(0, start) + instead + text.slice(start + length)), {
            format: 'yaml',
          });
          assert.ok(taken.valid || taken.findings.length > 0);
          assert.ok(taken.valid || taken.findings.every(({ line }) => line !== undefined));
        } catch (error) {
          if (!(error instanceof Fault && error.code === 'unreadable')) throw error;
        }
      }),
      { numRuns: 600 },
    );
  });
});
