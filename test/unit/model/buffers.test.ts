// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { intake } from '../../../src/model/intake.ts';
import { paramsUsed } from '../../../src/plan/encode-values.ts';
import { SIZE_RETURNED } from '../../../src/plan/hook-config.ts';
import { selectFirst } from '../../../src/plan/matcher.ts';
import { FULL, planOf, policyOf, policyWith } from '../plan/host-facts.ts';

const returning = { return: true, returnArg: { index: 0, type: 'int64' } };
const call = (args: object[], more: object = {}) => ({ kprobes: [{ call: 'sys_lseek', args, ...more }] });
function refusals(spec: object): string {
  const document = { apiVersion: 'cilium.io/v1alpha1', kind: 'TracingPolicy', metadata: { name: 'p' }, spec };
  const taken = intake(JSON.stringify(document), { format: 'json' });
  return taken.valid ? '' : taken.findings.map((f) => f.message).join('\n');
}

describe('a buffer', () => {
  it('that the call fills is read at its return, by what it returns', () => {
    const plan = planOf(
      policyWith(call([{ index: 1, type: 'char_buf', returnCopy: true }], returning)),
      FULL,
    );
    const [program] = plan.programs;
    assert.equal(program?.template, 'fexit');
    assert.equal(program?.config.args[0]?.sizeParam, SIZE_RETURNED);
    assert.equal(program && paramsUsed(program.config), 0b10);
  });

  it('that the call fills has it waited for, also where the result is not told', () => {
    const plan = planOf(policyWith(call([{ index: 1, type: 'char_buf', returnCopy: true }])), FULL);
    assert.deepEqual(
      plan.programs.map(({ template }) => template),
      ['fexit'],
    );
    assert.equal(plan.programs[0]?.config.args[0]?.sizeParam, SIZE_RETURNED);
    assert.equal(plan.report.returnType, undefined);
  });

  it('that the call fills is as long as that returns, whatever else names a size', () => {
    const twice = call([{ index: 1, type: 'char_buf', returnCopy: true, sizeArgIndex: 3 }]);
    assert.equal(refusals(twice), '');
    assert.equal(planOf(policyWith(twice), FULL).programs[0]?.config.args[0]?.sizeParam, SIZE_RETURNED);
  });

  it('is taken beyond a page where that is asked for', () => {
    const large = (maxData: boolean) =>
      planOf(policyWith(call([{ index: 1, type: 'char_buf', sizeArgIndex: 3, maxData }])), FULL).programs[0]
        ?.config.args[0];
    assert.deepEqual([large(true)?.large, large(false)?.large], [true, undefined]);
  });

  it('of a type that is refused is not refused a second time for what fills it', () => {
    const said = refusals(call([{ index: 1, type: 'int32_arr', returnCopy: true }], returning));
    assert.match(said, /int32_arr/);
    assert.doesNotMatch(said, /fills/);
  });

  const wrong: [string, object, RegExp][] = [
    [
      'decided on before it is filled',
      call([{ index: 1, type: 'char_buf', returnCopy: true }], {
        ...returning,
        selectors: [{ matchArgs: [{ index: 1, operator: 'Equal', values: ['x'] }] }],
      }),
      /before the buffer is filled/,
    ],
    [
      'filled and large',
      call([{ index: 1, type: 'char_buf', returnCopy: true, maxData: true }], returning),
      /not done together/,
    ],
    [
      'that is none and filled',
      call([{ index: 1, type: 'string', returnCopy: true }], returning),
      /no call fills a string/,
    ],
    ['that is none and large', call([{ index: 1, type: 'string', maxData: true }]), /is read whole/],
    [
      'of an LSM hook',
      { lsmhooks: [{ hook: 'file_open', args: [{ index: 0, type: 'char_buf', returnCopy: true }] }] },
      /use a kprobe|only a call/,
    ],
  ];
  for (const [what, spec, says] of wrong)
    it(`is refused where it is ${what}`, () => assert.match(refusals(spec), says));
});

describe('a text inside of a text', () => {
  const config = (operator: string, values: string[]) => {
    const match = [{ index: 0, operator, values }];
    const args = [{ index: 0, type: 'string' }];
    const [program] = planOf(policyOf({ call: 'sys_access', syscall: true, args, match }), FULL).programs;
    assert.ok(program);
    return program.config;
  };
  const matches = (operator: string, value: string, text: string) =>
    selectFirst(config(operator, [value]), { values: [Buffer.from(text)], pathLike: [false], pids: [] }) !==
    undefined;

  it('is found wherever it is, in its own letters or in any', () => {
    for (const text of ['shadow', '/etc/shadow', 'shadow-', 'a shadow b'])
      assert.ok(matches('SubString', 'shadow', text), text);
    for (const text of ['', 'shado', 'SHADOW', 'shad ow'])
      assert.ok(!matches('SubString', 'shadow', text), text);
    assert.ok(matches('SubStringIgnCase', 'ShaDow', '/ETC/sHADOW-'));
    assert.ok(!matches('SubStringIgnCase', 'Ä', 'ä'), 'only the letters of ASCII');
    assert.ok(!matches('SubStringIgnCase', '@[', '`{'), 'neighbours of the letters are none');
  });

  it('has an end', () => {
    const spec = (value: string) =>
      call([{ index: 0, type: 'string' }], {
        selectors: [{ matchArgs: [{ index: 0, operator: 'SubString', values: [value] }] }],
      });
    assert.match(refusals(spec('x'.repeat(100))), /100 bytes, at most 99/);
    assert.match(refusals(spec('')), /empty SubString/);
    assert.equal(refusals(spec('x'.repeat(99))), '');
  });
});
