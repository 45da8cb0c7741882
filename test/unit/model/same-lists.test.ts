// SPDX-License-Identifier: Apache-2.0
/** A policy with one list in several hooks has the normal form that it would have if each were read by itself. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { intakeObject } from '../../../src/model/intake.ts';

const TYPES = { file: ['Prefix', 'Postfix', 'Equal', 'NotEqual'], int: ['Equal', 'InRange', 'Mask', 'GT'] };

function policyOf(hooks: readonly object[]): object {
  const metadata = { name: 'lists' };
  return { apiVersion: 'cilium.io/v1alpha1', kind: 'TracingPolicy', metadata, spec: { kprobes: hooks } };
}

interface Filter {
  type: string;
  operator: string;
  values: readonly string[];
  binaries?: readonly string[];
}

const hookOf = ({ type, operator, values, binaries }: Filter): object => ({
  ...{ call: 'security_file_permission', syscall: false, args: [{ index: 0, type }] },
  selectors: [
    {
      matchArgs: [{ index: 0, operator, values: [...values] }],
      ...(binaries && { matchBinaries: [{ operator: 'NotIn', values: [...binaries] }] }),
      matchActions: [{ action: 'Post' }],
    },
  ],
});

/** Places are the only thing in which it may differ. */
const toPlace = (value: unknown, from: string, to: string): unknown =>
  JSON.parse(JSON.stringify(value).replaceAll(`/spec/kprobes/${from}`, `/spec/kprobes/${to}`));

function assertAsAlone(hooks: readonly object[]): void {
  const together = intakeObject(policyOf(hooks));
  const alone = hooks.map((hook) => intakeObject(policyOf([hook])));
  const findings = alone.flatMap(({ findings: found }, at) => toPlace(found, '0', String(at)));
  assert.deepEqual(JSON.parse(JSON.stringify(together.findings)), findings);
  assert.equal(
    together.valid,
    alone.every(({ valid }) => valid),
  );
  if (!together.valid) return;
  for (const [at, one] of alone.entries())
    if (one.valid) assert.deepEqual(together.normal.hooks[at], toPlace(one.normal.hooks[0], '0', String(at)));
}

const texts = fc.constantFrom('/a', '/b/', '/c/../d', 'e', '/f*', '/g\0', '7', '0x10', '010', '1:9', '');
const lists = fc.array(texts, { minLength: 6, maxLength: 12 });
const filters = fc.array(lists, { minLength: 1, maxLength: 3 }).chain((some) =>
  fc.array(
    fc
      .tuple(
        fc.constantFrom('file', 'int'),
        fc.nat(3),
        fc.constantFrom(...some),
        fc.option(fc.constantFrom(...some)),
      )
      .map(([type, at, values, binaries]) => {
        const operator = TYPES[type as keyof typeof TYPES][at] as string;
        return { type, operator, values, ...(binaries && { binaries }) };
      }),
    { minLength: 2, maxLength: 5 },
  ),
);

describe('lists that a policy has several times', () => {
  it('are read as each would be by itself, whatever there is to say of them', () => {
    fc.assert(
      fc.property(filters, (some) => assertAsAlone(some.map(hookOf))),
      { numRuns: 400 },
    );
  });

  it('are one list in the normal form', () => {
    const values = Array.from({ length: 8 }, (_, at) => `/srv/${at}/`);
    const hooks = [1, 2].map(() => hookOf({ type: 'file', operator: 'Prefix', values, binaries: values }));
    const read = intakeObject(policyOf(hooks));
    assert.ok(read.valid);
    const [first, second] = read.normal.hooks.map(({ selectors }) => selectors[0]);
    assert.equal(first?.matchArgs[0]?.values, second?.matchArgs[0]?.values);
    assert.equal(first?.matchBinaries[0]?.values, second?.matchBinaries[0]?.values);
    assert.notEqual(first?.matchArgs[0]?.values, first?.matchBinaries[0]?.values);
  });

  it('are told of at each place where there is something wrong with them', () => {
    const values = [...Array.from({ length: 8 }, (_, at) => `${at}`), 'x'];
    const hooks = [1, 2].map(() => hookOf({ type: 'int', operator: 'Equal', values }));
    const places = intakeObject(policyOf(hooks)).findings.map(({ path }) => path);
    assert.equal(places.length, 2);
    assert.match(places[0] ?? '', /kprobes.0.*values.8/);
    assert.match(places[1] ?? '', /kprobes.1.*values.8/);
  });
});
