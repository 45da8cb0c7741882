// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { optionsBeside } from '../../../src/launch/up-command.ts';

describe('what is written beside the command', () => {
  for (const [written, left] of [
    [['up'], []],
    [
      ['up', '--state-dir', 'd'],
      ['--state-dir', 'd'],
    ],
    [
      ['--state-dir', 'd', 'up'],
      ['--state-dir', 'd'],
    ],
    [
      ['--state-dir', 'd', 'up', '--profile', 'strict'],
      ['--state-dir', 'd', '--profile', 'strict'],
    ],
    [
      ['up', '--state-dir', 'up'],
      ['--state-dir', 'up'],
    ],
  ] as const)
    it(`of ${written.join(' ')} is handed on`, () => assert.deepEqual(optionsBeside('up', written), left));
});
