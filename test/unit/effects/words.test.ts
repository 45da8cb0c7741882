// SPDX-License-Identifier: Apache-2.0
/** What a selector says of people's calls has to be true of them, word by word. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { effectsOf } from '../../../src/effects/index.ts';
import { intakeObject } from '../../../src/model/intake.ts';
import { smallPolicy } from '../../fixtures/policies.ts';

function texts(spec: object): string {
  const taken = intakeObject(smallPolicy({ spec }));
  assert.ok(taken.valid, JSON.stringify(taken.findings));
  const { details, hooks } = effectsOf(taken.normal);
  return [...details, ...hooks.flatMap((hook) => hook.selectors.map(({ text }) => text))].join('\n');
}
const kprobe = (call: string, types: string[], selector: object) =>
  texts({
    kprobes: [{ call, args: types.map((type, index) => ({ index, type })), selectors: [selector] }],
  });

describe('the words for a filter', () => {
  it('keep those who descend from a process apart from it', () => {
    const of = (operator: string, followForks: boolean) =>
      kprobe('sys_dup', [], { matchPIDs: [{ operator, followForks, values: [1] }] });
    assert.match(
      of('NotIn', true),
      /neither with process id 1 nor descending from such a one that calls dup/,
    );
    assert.match(of('NotIn', false), /not with process id 1 that calls dup/);
    assert.match(of('In', true), /with process id 1, or descending from it, that calls dup/);
  });

  it('do not call the end that a connection goes to its source', () => {
    const of = (operator: string, values: string[]) =>
      kprobe('sys_connect', ['nop', 'sockaddr'], { matchArgs: [{ index: 1, operator, values }] });
    assert.match(of('SAddr', ['192.0.2.1']), /whose address \(argument 1, sockaddr\) is "192\.0\.2\.1"/);
    assert.match(of('NotSAddr', ['192.0.2.1']), /sockaddr\) is another than "192\.0\.2\.1"/);
    assert.match(of('SPort', ['443']), /sockaddr\) has the port "443"/);
    assert.doesNotMatch(of('NotSPort', ['443']), /source/);
  });

  it('say which kinds of namespaces a number stands for', () => {
    const matchArgs = [{ index: 0, operator: 'Mask', values: ['131072', '268435456'] }];
    assert.match(
      kprobe('sys_unshare', ['int'], { matchArgs }),
      /one of the bits of "131072" \(mount\) or "268435456" \(user\)/,
    );
  });

  it('speak of fields where a tracepoint is asked, and of no arguments', () => {
    const args = [{ index: 0, type: 'int' }];
    const matchArgs = [{ index: 0, operator: 'Equal', values: ['0'] }];
    const said = texts({
      tracepoints: [{ subsystem: 'syscalls', event: 'sys_enter_setuid', args, selectors: [{ matchArgs }] }],
    });
    assert.match(said, /whose number of the tracepoint \(field 0, int\) is "0"/);
    assert.match(said, /Fields of a record are counted from 0/);
    assert.doesNotMatch(said, /[Aa]rgument/);
  });
});

describe('the words for whom a policy is about', () => {
  const spec = { podSelector: { matchLabels: { app: 'web' } }, kprobes: [{ call: 'sys_dup' }] };

  it('do not say that it is about hosts where it is about pods', () => {
    assert.match(texts(spec), /It could be about whole hosts, and is narrowed by podSelector\./);
    assert.doesNotMatch(texts(spec), /It is about whole hosts/);
    assert.match(texts({ kprobes: spec.kprobes }), /It is about whole hosts\./);
  });
});

describe('the words for a hook', () => {
  const words = (spec: object) => {
    const taken = intakeObject(smallPolicy({ spec }));
    assert.ok(taken.valid, JSON.stringify(taken.findings));
    const [hook] = effectsOf(taken.normal).hooks;
    return { hook: hook?.hook, details: hook?.details.join('\n') ?? '' };
  };

  it('count the parameter that tells a size as they count the arguments', () => {
    const write = (type: string, call: string) =>
      words({ kprobes: [{ call, args: [{ index: 1, type, sizeArgIndex: 3 }] }] }).details;
    assert.match(
      write('char_buf', 'sys_write'),
      /as many bytes as the size of the buffer \(argument 2\) says/,
    );
    assert.match(write('char_iovec', 'sys_writev'), /as many pieces as .*argument 2\)? says/);
  });

  it('do not call a buffer its own size', () => {
    const args = [{ index: 1, type: 'char_buf', sizeArgIndex: 2 }];
    const { details } = words({ kprobes: [{ call: 'sys_write', args }] });
    assert.match(details, /as char_buf, with its own address for a size, which is none/);
    assert.doesNotMatch(details, /as many bytes/);
  });

  it('name what the kernel reads, from a file or not', () => {
    for (const [call, index] of [
      ['security_kernel_read_file', 1],
      ['security_kernel_load_data', 0],
    ] as const) {
      const selectors = [{ matchArgs: [{ index, operator: 'Equal', values: ['2'] }] }];
      const spec = { kprobes: [{ call, syscall: false, args: [{ index, type: 'int' }], selectors }] };
      assert.match(texts(spec), /is "2" \(a kernel module\)/);
    }
  });

  it('name the function of the kernel that a check of it is', () => {
    const check = (hook: string) => words({ lsmhooks: [{ hook }] }).hook;
    assert.equal(check('bprm_check_security'), 'security_bprm_check');
    assert.equal(check('file_open'), 'security_file_open');
  });
});
