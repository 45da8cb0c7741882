// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { intakeObject } from '../../../src/model/intake.ts';
import { smallPolicy } from '../../fixtures/policies.ts';

const said = (name: string, value: string) =>
  intakeObject(smallPolicy({ spec: { options: [{ name, value }], kprobes: [{ call: 'sys_dup' }] } }))
    .findings.map(({ path, message }) => `${path} ${message}`)
    .join('\n');

describe('an option', () => {
  it('of how the other runtime attaches is taken with any of its values', () => {
    for (const [name, value] of [
      ['disable-kprobe-multi', '1'],
      ['disable-uprobe-multi', 'true'],
      ['override-method', 'fmod-ret'],
      ['override-method', 'override-return'],
    ] as const)
      assert.equal(said(name, value), '', name);
  });

  it('is refused with another value, and where there is none such', () => {
    assert.match(
      said('override-method', 'fmod_ret'),
      /options\/0\/value "fmod_ret" is not a value of override-m/,
    );
    assert.match(
      said('disable-uprobe-multi', 'yes'),
      /options\/0\/value "yes" is not a value of disable-uprobe/,
    );
    assert.match(said('override-methods', 'fmod-ret'), /options\/0\/name there is no option/);
    assert.match(said('sleepable-preload-size', '4096'), /the option sleepable-preload-size is not in/);
  });
});
