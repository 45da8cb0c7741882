// SPDX-License-Identifier: Apache-2.0
/** `returnArg` that is no number: from what is written to what the program at the return is loaded with. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { effectsOf } from '../../../src/effects/index.ts';
import { intakeObject } from '../../../src/model/intake.ts';
import { encodeHookConfig } from '../../../src/plan/encode.ts';
import { STRUCTS, TG_CLASS, TG_TYPE } from '../../../src/plan/layout.generated.ts';
import { smallPolicy } from '../../fixtures/policies.ts';
import { FULL, planOf, policyOf } from './host-facts.ts';

const IDS = { hookId: 1, policySlot: 2, generation: 3 };
const returning = (type: string, more: object = {}) => ({
  ...{ return: true, returnArg: { index: 0, type }, ...more },
});
const filtered = (operator: string, ...values: string[]) => ({
  selectors: [{ matchReturnArgs: [{ index: 0, operator, values }] }],
});

function problems(spec: object): string {
  const { valid, findings } = intakeObject(smallPolicy({ spec }));
  return valid ? '' : findings.map(({ path, message }) => `${path} ${message}`).join('\n');
}
const ofCall = (more: object, call = 'd_path', syscall = false) =>
  problems({ kprobes: [{ call, syscall, ...more }] });

describe('what a call returns', () => {
  it('is one more argument of the program at the return, and filters on it are filters on that', () => {
    const args = [{ index: 1, type: 'uint64' }];
    const more = returning('file', filtered('Prefix', '/etc/'));
    const { programs, report } = planOf(policyOf({ call: 'do_filp_open', args, more }), FULL);
    const [exit] = programs;
    const config = exit?.config as NonNullable<typeof exit>['config'];
    assert.deepEqual([exit?.template, report.returnType, report.args.length], ['fexit', 'file', 1]);
    assert.deepEqual(
      config.args.map((a) => a.type),
      [TG_TYPE.TG_T_U64, TG_TYPE.TG_T_FILE],
    );
    const [selector] = config.selectors;
    assert.deepEqual([selector?.returnMatches, selector?.matches.length], [[], 1]);
    assert.deepEqual([selector?.matches[0]?.arg, selector?.matches[0]?.cls], [1, TG_CLASS.TG_C_TEXT]);
    const at = STRUCTS.tg_hook_config.fields;
    const bytes = encodeHookConfig(config, IDS);
    assert.equal(bytes.readUInt8(at.ret_object.offset), 1);
    assert.equal(bytes.readUInt8(at.nargs.offset), 2);
    assert.equal(bytes.readUInt8(at.params_used.offset), 0b10, 'no parameter is read for it');
  });

  it('is not looked at where the call is entered', () => {
    const selectors = [
      { ...filtered('Prefix', '/etc/').selectors[0], matchActions: [{ action: 'Signal', argSig: 15 }] },
    ];
    const { programs } = planOf(
      policyOf({ call: 'do_filp_open', more: returning('file', { selectors }) }),
      FULL,
    );
    const entry = programs.find((p) => p.template === 'fentry');
    assert.deepEqual([entry?.config.args, entry?.config.selectors[0]?.matches], [[], []]);
  });

  it('is refused at the host where the function returns something else', () => {
    const { refused } = planOf(policyOf({ call: 'do_filp_open', more: returning('string') }), FULL);
    assert.match(
      refused ?? '',
      /what it returns is `struct file \*`, not a string: the kernel has `struct file \*/,
    );
  });

  it('is what such a call can return', () => {
    for (const type of [
      'string',
      'file',
      'filename',
      'dentry',
      'cred',
      'sock',
      'socket',
      'skb',
      'fd',
      'module',
    ])
      assert.equal(ofCall(returning(type)), '', type);
    assert.match(ofCall(returning('char_buf')), /a char_buf without sizeArgIndex/);
    const buffer = { return: true, returnArg: { index: 0, type: 'char_buf', sizeArgIndex: 2 } };
    assert.equal(ofCall(buffer), '');
    assert.equal(ofCall(returning('fd'), 'sys_openat', true), '');
    assert.match(
      ofCall(returning('file'), 'sys_openat', true),
      /returnArg\/type nothing that is returned here is a file/,
    );
    const uprobe = (type: string) =>
      problems({ uprobes: [{ path: '/bin/bash', symbols: ['readline'], ...returning(type) }] });
    assert.equal(uprobe('string'), '');
    assert.equal(uprobe('fd'), '');
    assert.match(uprobe('file'), /nothing that is returned here is a file/);
  });

  it('takes the operators of its type, and is no size of a buffer', () => {
    assert.equal(ofCall(returning('string', filtered('SubString', 'x'))), '');
    assert.match(
      ofCall(returning('string', filtered('GT', '1'))),
      /GT cannot look at an argument of type string/,
    );
    assert.equal(ofCall(returning('sock', filtered('DPort', '80'))), '');
    const args = [{ index: 1, type: 'char_buf', returnCopy: true }];
    assert.match(
      ofCall(returning('string', { args })),
      /as many bytes as the call returns, and that is read as a string/,
    );
  });

  it('decided on in the memory of a program is racy', () => {
    const selectors = [
      { ...filtered('Equal', 'x').selectors[0], matchReturnActions: [{ action: 'Sigkill' }] },
    ];
    const spec = {
      uprobes: [{ path: '/bin/bash', symbols: ['readline'], ...returning('string', { selectors }) }],
    };
    const taken = intakeObject(smallPolicy({ spec }));
    assert.ok(taken.valid);
    const { summary } = effectsOf(taken.normal);
    assert.match(summary.join(' '), /whose result is "x"/);
  });
});
