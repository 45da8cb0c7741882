// SPDX-License-Identifier: Apache-2.0
/** CapabilitiesGained: which two arguments it may compare, and what it says of them. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { effectsOf } from '../../../src/effects/index.ts';
import { intakeObject } from '../../../src/model/intake.ts';
import { argConfig, hookConfig } from '../../../src/plan/hook-programs.ts';
import { TG_SOURCE, TG_TYPE } from '../../../src/plan/layout.generated.ts';
import { selectFirst } from '../../../src/plan/matcher.ts';
import { smallPolicy } from '../../fixtures/policies.ts';

const taken = (match: object, more: object = {}) =>
  intakeObject(
    smallPolicy({
      spec: {
        kprobes: [
          {
            ...{ call: 'security_capset', syscall: false },
            args: [
              { index: 2, type: 'cap_effective' },
              { index: 0, type: 'nop' },
              { index: 3, type: 'cap_inheritable', label: 'new' },
            ],
            selectors: [{ matchArgs: [{ operator: 'CapabilitiesGained', ...match }], ...more }],
          },
        ],
      },
    }),
  );
const said = (match: object) =>
  taken(match)
    .findings.map(({ path, message }) => `${path} ${message}`)
    .join();

describe('CapabilitiesGained', () => {
  it('compares two arguments by their positions', () => {
    const read = taken({ args: [0, 2] });
    assert.ok(read.valid);
    const [match] = read.normal.hooks[0]?.selectors[0]?.matchArgs ?? [];
    assert.deepEqual(
      [match?.beforePosition, match?.argPosition, match?.argIndex, match?.values],
      [0, 2, 3, []],
    );
  });

  it('is refused without two different ones, with others than sets, and with values', () => {
    for (const args of [undefined, [], [0], [0, 0], [0, 2, 1], [0, 3]])
      assert.match(said({ args }), /matchArgs\/0\/args CapabilitiesGained compares two arguments/);
    assert.match(said({ args: [0, 1] }), /args\/1 CapabilitiesGained cannot look at an argument of type nop/);
    assert.match(
      said({ args: [0, 2], values: ['1'] }),
      /values CapabilitiesGained compares two arguments, no values/,
    );
  });

  it('matches what the newer set has more, and nothing that could not be read', () => {
    const read = taken({ args: [0, 2] });
    assert.ok(read.valid);
    const sets = [
      argConfig(TG_TYPE.TG_T_CAPS, 2),
      argConfig(TG_TYPE.TG_T_NOP, 0),
      argConfig(TG_TYPE.TG_T_CAPS, 3),
    ];
    const [hook] = read.normal.hooks;
    assert.ok(hook);
    const config = hookConfig(hook, { args: sets, source: TG_SOURCE.TG_SRC_ARGS }, 0, false);
    const picks = (older: bigint | undefined, newer: bigint | undefined) =>
      selectFirst(config, { values: [older, undefined, newer], pathLike: [], pids: [1] }) !== undefined;
    assert.deepEqual(
      [
        picks(1n, 1n),
        picks(1n, 3n),
        picks(3n, 1n),
        picks(0n, 1n << 40n),
        picks(undefined, 1n),
        picks(0n, undefined),
      ],
      [false, true, false, true, false, false],
    );
  });

  it('is said in plain words', () => {
    const read = taken({ args: [0, 2] }, { matchActions: [{ action: 'Sigkill' }] });
    assert.ok(read.valid);
    assert.match(
      effectsOf(read.normal).hooks[0]?.consequences.join() ?? '',
      /whose argument "new" has a capability more than argument 2 \(cap_effective\)/,
    );
  });
});
