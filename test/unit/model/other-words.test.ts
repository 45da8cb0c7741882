// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { intakeObject } from '../../../src/model/intake.ts';
import { smallPolicy } from '../../fixtures/policies.ts';

const fixOf = (spec: object, word: string) =>
  intakeObject(smallPolicy({ spec })).findings.find(({ message }) => message.includes(`"${word}"`))?.fix;
const kprobe = (more: object) => ({ kprobes: [{ call: 'sys_dup', ...more }] });
const doing = (action: object) => kprobe({ selectors: [{ matchActions: [action] }] });

describe('a word that the schema does not have', () => {
  it('is named by what Tetragon calls it now', () => {
    assert.equal(fixOf({ killers: [] }, 'killers'), 'use enforcers');
    assert.equal(fixOf(doing({ action: 'NotifyKiller' }), 'NotifyKiller'), 'use NotifyEnforcer');
  });

  it('is taken for the operator that a filter on arguments has', () => {
    const match = (operator: string) => ({ index: 0, operator, values: ['1'] });
    const args = [{ index: 0, type: 'int' }];
    for (const [operator, known] of [
      ['In', 'Equal'],
      ['NotIn', 'NotEqual'],
    ] as const)
      assert.equal(
        fixOf(kprobe({ args, selectors: [{ matchArgs: [match(operator)] }] }), operator),
        `use ${known}`,
      );
  });

  it('is said to be gone, with the fields that it had, or to be of later versions', () => {
    for (const word of ['FollowFD', 'argFd', 'argName'])
      assert.match(
        String(fixOf(doing({ action: 'FollowFD', argFd: 0, argName: 1 }), word)),
        /has taken it out/,
      );
    assert.match(
      String(fixOf(doing({ action: 'Override', clearGoString: true }), 'clearGoString')),
      /later versions/,
    );
    assert.match(String(fixOf({ signatures: ['x'] }, 'signatures')), /later versions/);
    for (const word of ['int32_arr', 'size'])
      assert.match(
        String(fixOf(kprobe({ args: [{ index: 0, type: 'int32_arr', size: 2 }] }), word)),
        /later versions/,
      );
  });

  it('is told where it belongs', () => {
    const selecting = (more: object) => kprobe({ selectors: [more] });
    assert.equal(fixOf(selecting({ actions: [] }), 'actions'), 'use matchActions');
    for (const word of ['enforcementActions', 'matchArgs', 'action'])
      assert.match(String(fixOf(kprobe({ [word]: [] }), word)), /stands in its selectors/);
  });

  it('is a structure of the kernel, of which one member is to be had', () => {
    const reading = (type: string) => kprobe({ args: [{ index: 0, type }] });
    assert.match(String(fixOf(reading('nsproxy'), 'nsproxy')), /one member of it with resolve/);
    assert.match(String(fixOf(reading('fille'), 'fille')), /did you mean "file"/);
  });

  it('is else no other word', () => {
    assert.doesNotMatch(String(fixOf({ size: 1, kprobes: [] }, 'size')), /later versions/);
    assert.match(
      String(fixOf(kprobe({ args: [{ index: 0, type: 'unsigned long' }] }), 'unsigned long')),
      /use uint64/,
    );
  });
});
