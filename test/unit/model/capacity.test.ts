// SPDX-License-Identifier: Apache-2.0
/** What a program can hold is refused with the document, and exactly that: the encoder agrees at the border. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { intakeObject } from '../../../src/model/intake.ts';
import { POLICY_LIMITS } from '../../../src/model/language/limits.ts';
import type { NormalHook } from '../../../src/model/normal-policy.ts';
import { encodeHookConfig } from '../../../src/plan/encode.ts';
import { hookConfig, plainReaders } from '../../../src/plan/hook-programs.ts';
import { STRUCTS } from '../../../src/plan/layout.generated.ts';
import { smallPolicy } from '../../fixtures/policies.ts';

const many = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));
const ARGS = [
  { index: 0, type: 'file' },
  { index: 1, type: 'int' },
  { index: 2, type: 'sock' },
];

/** The findings of a hook with that many values of one filter, spread over selectors of 64. */
function judged(count: number, filter: (values: number[]) => object) {
  const values = many(count, (i) => i);
  const selectors = many(Math.ceil(count / 64), (i) => filter(values.slice(i * 64, (i + 1) * 64)));
  const kprobe = { call: 'security_file_open', syscall: false, args: ARGS, selectors };
  return intakeObject(smallPolicy({ spec: { kprobes: [kprobe] } }));
}

function encoded(hook: NormalHook): Buffer {
  const config = hookConfig(hook, plainReaders(hook, 'kernel'), 1, false);
  return encodeHookConfig(config, { hookId: 1, policySlot: 1, generation: 1 });
}

const texts = (length: number) => (values: number[]) => ({
  matchArgs: [{ index: 0, operator: 'Equal', values: values.map((v) => String(v).padStart(length, 'x')) }],
});

describe('the capacity of a program', () => {
  it('is what its configuration has room for', () => {
    const { matches, numbers, strings, words } = STRUCTS.tg_hook_config.fields;
    const { hookMatches, hookNumbers, hookStrings, hookWords } = POLICY_LIMITS;
    assert.deepEqual(
      [hookMatches, hookNumbers, hookStrings, hookWords],
      [matches.count, numbers.count, strings.count, words.count],
    );
  });

  for (const [what, most, filter, said] of [
    [
      'addresses',
      128,
      (v: number[]) => ({
        matchArgs: [{ index: 2, operator: 'DAddr', values: v.map((n) => `10.0.${n >> 8}.${n & 255}`) }],
      }),
      /516 numbers .* a program holds 512/,
    ],
    [
      'ranges',
      256,
      (v: number[]) => ({
        matchArgs: [{ index: 1, operator: 'InRange', values: v.map((n) => `${4 * n}:${4 * n + 1}`) }],
      }),
      /514 numbers/,
    ],
    ['texts', 192, texts(9), /193 texts together, a program holds 192/],
    ['bytes of text', 64, texts(255), /16640 bytes of text together, a program holds 16384/],
  ] as const) {
    it(`holds ${most} ${what}, and one more is refused with the document`, () => {
      const fits = judged(most, filter);
      assert.ok(fits.valid, JSON.stringify(fits.findings));
      assert.equal(encoded(fits.normal.hooks[0] as NormalHook).length, STRUCTS.tg_hook_config.size);
      const [finding, ...rest] = judged(most + 1, filter).findings;
      assert.deepEqual([finding?.path, rest], ['/spec/kprobes/0/selectors', []]);
      assert.match(finding?.message ?? '', said);
      assert.match(finding?.fix ?? '', /several policies/);
    });
  }

  it('takes all its texts in one filter', () => {
    const filter = { index: 0, operator: 'Equal', values: many(192, String) };
    const kprobe = {
      call: 'security_file_open',
      syscall: false,
      args: ARGS,
      selectors: [{ matchArgs: [filter] }],
    };
    const judged = intakeObject(smallPolicy({ spec: { kprobes: [kprobe] } }));
    assert.ok(judged.valid);
    assert.equal(encoded(judged.normal.hooks[0] as NormalHook).length, STRUCTS.tg_hook_config.size);
  });

  it('advises nobody to divide a list of exceptions: each part would match what the others except', () => {
    const binaries = (operator: string, count: number) => ({
      matchBinaries: [{ operator, values: many(count, (i) => `/usr/bin/${i}`) }],
    });
    for (const [selectors, fix] of [
      [[binaries('NotIn', 193)], /each part matches what the others except/],
      [[binaries('NotIn', 190), binaries('In', 3)], /each part matches what the others except/],
      [[binaries('In', 193)], /divide them among policies/],
      [[binaries('In', 190), binaries('In', 3)], /or several policies/],
    ] as const) {
      const kprobe = { call: 'security_file_open', syscall: false, args: ARGS, selectors };
      const { findings } = intakeObject(smallPolicy({ spec: { kprobes: [kprobe] } }));
      assert.match(findings[0]?.fix ?? '', fix);
    }
  });

  it('holds 64 process ids in one filter', () => {
    const judge = (count: number) => {
      const matchPIDs = [{ operator: 'In', values: many(count, (i) => i + 1) }];
      const kprobe = { call: 'security_file_open', syscall: false, selectors: [{ matchPIDs }] };
      return intakeObject(smallPolicy({ spec: { kprobes: [kprobe] } })).findings;
    };
    assert.deepEqual(judge(64), []);
    assert.match(judge(65)[0]?.message ?? '', /65 values, at most 64/);
  });

  it('ends at 30 filters on arguments', () => {
    const matchArgs = many(5, () => ({ index: 1, operator: 'Equal', values: ['1'] }));
    const matchReturnArgs = many(2, () => ({ index: 0, operator: 'Equal', values: ['1'] }));
    const policy = (selectors: object[]) =>
      intakeObject(
        smallPolicy({
          spec: {
            kprobes: [
              {
                call: 'security_file_open',
                syscall: false,
                args: ARGS,
                return: true,
                returnArg: { index: 0, type: 'int' },
                selectors,
              },
            ],
          },
        }),
      );
    const five = many(4, () => ({ matchArgs, matchReturnArgs }));
    assert.ok(policy([...five, { matchReturnArgs }]).valid);
    assert.match(
      policy([...five, { matchArgs }]).findings[0]?.message ?? '',
      /33 filters on arguments together, a program holds 30/,
    );
  });
});
