// SPDX-License-Identifier: Apache-2.0
/** Which argument a filter looks at: by its index, or by its position. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { intakeObject } from '../../../src/model/intake.ts';
import { smallPolicy } from '../../fixtures/policies.ts';

const ARGS = [
  { index: 1, type: 'string' },
  { index: 0, type: 'int' },
  { index: 1, type: 'uint64' },
];
const DATA = [{ index: 0, type: 'int', source: 'current_task', resolve: 'tgid' }];
const taken = (selector: object, hook: object = { args: ARGS, data: DATA }) =>
  intakeObject(smallPolicy({ spec: { kprobes: [{ call: 'sys_dup', ...hook, selectors: [selector] }] } }));

function positionOf(selector: object, hook?: object): number | undefined {
  const read = taken(selector, hook);
  assert.ok(read.valid, JSON.stringify(read.findings));
  return read.normal.hooks[0]?.selectors[0]?.matchArgs[0]?.argPosition;
}
const said = (selector: object, hook?: object) =>
  taken(selector, hook)
    .findings.map(({ path, message }) => `${path} ${message}`)
    .join('\n');
const one = (where: object, more: object = {}) => ({
  matchArgs: [{ operator: 'Equal', values: ['5'], ...where, ...more }],
});

describe('what a filter looks at', () => {
  it('is the first argument with its index', () => {
    assert.equal(positionOf(one({ index: 0 })), 1);
    assert.equal(positionOf(one({ index: 1 })), 0);
  });

  it('is what stands at the position in args, which outranks the index', () => {
    assert.deepEqual(
      [0, 1, 2].map((position) => positionOf(one({ index: 4, args: [position] }))),
      [0, 1, 2],
    );
  });

  it('is an entry of data where it is matchData, by either', () => {
    for (const where of [{ index: 0 }, { args: [0] }])
      assert.equal(positionOf({ matchData: [{ operator: 'Equal', values: ['5'], ...where }] }), 3);
  });

  it('is in a tracepoint the position too, not the field', () => {
    const tracepoint = { subsystem: 'tcp', event: 'tcp_destroy_sock', args: [{ index: 5 }, { index: 6 }] };
    const selectors = [one({ args: [1] })];
    const read = intakeObject(smallPolicy({ spec: { tracepoints: [{ ...tracepoint, selectors }] } }));
    assert.ok(read.valid, JSON.stringify(read.findings));
    assert.equal(read.normal.hooks[0]?.selectors[0]?.matchArgs[0]?.argIndex, 6);
  });

  it('is refused where there is nothing, naming how many there are', () => {
    assert.match(said(one({ args: [3] })), /matchArgs\/0\/args\/0 .* position 3 of args, which has 3/);
    const match = { operator: 'Equal', values: ['5'], args: [1] };
    assert.match(said({ matchData: [match] }), /args\/0 .* position 1 of data, which has 1/);
    assert.match(said(one({ args: [0, 1] })), /Equal looks at one argument, and args names 2/);
  });

  it('does not matter of what cannot be done at all', () => {
    for (const spelled of [{}, { args: [0, 1] }]) {
      const findings = said({ matchArgs: [{ operator: 'CelExpr', values: ['true'], ...spelled }] }, {});
      assert.match(findings, /operator the operator CelExpr is not in this runtime's language: /);
      assert.doesNotMatch(findings, /looks at/);
    }
  });
});
