// SPDX-License-Identifier: Apache-2.0
/** A bundle whose catalogue says what nobody knows is not opened: an unknown mode must not make a denial milder. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Fault } from '../../../src/errors.ts';
import { type OpenRuleset, openRuleset } from '../../../src/guardrails/index.ts';
import { signedBundle, trapBundle } from './submissions.ts';

const { 'manifest.json': _manifest, ...parts } = trapBundle();
const [rule] = JSON.parse(Buffer.from(parts['catalogue.json']).toString()) as object[];

/** The bundle of one rule, whole but for this. */
function opened(catalogue: unknown): OpenRuleset {
  const files = signedBundle({ ...parts, 'catalogue.json': Buffer.from(JSON.stringify(catalogue)) });
  return openRuleset({ files, builtins: { 'host.ask': () => 1 } });
}

const misstated: [name: string, entry: unknown, because: RegExp][] = [
  [
    'a mode that is none',
    { ...rule, modes: { baseline: 'enforced', standard: 'warn', strict: 'enforce' } },
    /unknown mode: TRAP-001/,
  ],
  [
    'a mode in capital letters, in a profile that is not asked for',
    { ...rule, modes: { baseline: 'warn', standard: 'warn', strict: 'Enforce' } },
    /unknown mode: TRAP-001/,
  ],
  [
    'no mode for a profile',
    { ...rule, modes: { baseline: 'enforce', strict: 'enforce' } },
    /unknown mode: TRAP-001/,
  ],
  ['one mode for all', { ...rule, modes: 'enforce' }, /unknown mode: TRAP-001/],
  ['no modes', { ...rule, modes: null }, /unknown mode: TRAP-001/],
  ['an unknown monitor', { ...rule, monitor: 'soften' }, /unknown monitor: TRAP-001/],
  ['an unknown word on exceptions', { ...rule, exceptions: 'Never' }, /unknown exceptions: TRAP-001/],
  ['no monitor', { ...rule, monitor: undefined }, /unknown monitor: TRAP-001/],
  ['no fix', { ...rule, fix: undefined }, /without id or fix: TRAP-001/],
  ['nothing in its place', null, /without id or fix/],
];

describe('a rule with', () => {
  for (const [name, entry, because] of misstated) {
    it(`${name} is refused`, () => {
      assert.throws(
        () => opened([entry]),
        (thrown) =>
          thrown instanceof Fault && thrown.code === 'could-not-judge' && because.test(thrown.message),
      );
    });
  }

  it('every mode there is, is the control', () => {
    const modes = { baseline: 'off', standard: 'info', strict: 'warn' };
    assert.equal(opened([{ ...rule, modes, monitor: 'warn' }]).total, 1);
  });
});
