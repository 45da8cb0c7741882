// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { intake } from '../../../src/model/intake.ts';
import type { NormalHook } from '../../../src/model/normal-policy.ts';

const taken = (spec: object) =>
  intake(
    JSON.stringify({
      ...{ apiVersion: 'cilium.io/v1alpha1', kind: 'TracingPolicy', metadata: { name: 'p' } },
      spec,
    }),
    { format: 'json' },
  );
const hookOf = (spec: object): NormalHook => {
  const result = taken(spec);
  assert.ok(result.valid, JSON.stringify(result));
  return result.normal.hooks[0] as NormalHook;
};
function refusals(spec: object): string[] {
  const result = taken(spec);
  return result.valid ? [] : result.findings.map((f) => `${f.path}: ${f.message}`);
}
const kprobe = (more: object, call = 'security_file_open', syscall = false) => ({
  kprobes: [{ call, syscall, ...more }],
});
const args = (...some: object[]) => ({ args: some.map((arg) => ({ index: 0, type: 'int', ...arg })) });
const data = (...some: object[]) => ({ data: some.map((arg) => ({ index: 0, type: 'int', ...arg })) });
const tgid = { source: 'current_task', resolve: 'tgid' };

describe('resolve and data', () => {
  it('keep the path, its start and its source', () => {
    const hook = hookOf(kprobe({ ...args({ resolve: 'f_path.x[1]', btfType: 'file' }), ...data(tgid) }));
    assert.deepEqual(
      hook.args.map(({ index, resolve, btfType, source }) => [index, resolve, btfType, source]),
      [
        [0, 'f_path.x[1]', 'file', undefined],
        [-1, 'tgid', undefined, 'current_task'],
      ],
    );
  });

  it('matchData counts entries of data, matchArgs the arguments', () => {
    const matchData = [{ index: 1, operator: 'Equal', values: ['7'] }];
    const matchArgs = [{ index: 0, operator: 'Equal', values: ['1'] }];
    const selectors = [{ matchArgs, matchData }];
    const hook = hookOf(kprobe({ ...args({}), ...data(tgid, tgid), selectors }));
    assert.deepEqual(
      hook.selectors[0]?.matchArgs.map((m) => [m.argPosition, m.argIndex]),
      [
        [0, 0],
        [2, -1],
      ],
    );
    const beyond = [{ matchData: [{ index: 2, operator: 'Equal', values: ['7'] }] }];
    assert.match(
      String(refusals(kprobe({ ...data(tgid, tgid), selectors: beyond }))),
      /entry 2 of data.*does not have/,
    );
    const of = (count: number) =>
      Array.from({ length: count }, () => ({ index: 0, operator: 'Equal', values: ['1'] }));
    const six = [{ matchArgs: of(3), matchData: of(3) }];
    assert.match(String(refusals(kprobe({ ...args({}), ...data(tgid), selectors: six }))), /6 filters/);
  });

  it('an LSM hook reads the task among its arguments', () => {
    const hook = hookOf({ lsmhooks: [{ hook: 'file_open', ...args({}, tgid) }] });
    assert.deepEqual(
      hook.args.map((a) => a.source),
      [undefined, 'current_task'],
    );
  });

  it('a system call takes data of the task and its registers, no path from its arguments', () => {
    const some = data(
      tgid,
      { source: 'pt_regs', resolve: 'r10', type: 'string' },
      { source: 'pt_regs', resolve: 'ah', type: 'uint8' },
    );
    assert.equal(hookOf(kprobe(some, 'sys_openat', true)).args.length, 3);
    assert.match(String(refusals(kprobe(args({ resolve: 'x' }), 'sys_openat', true))), /handed no structure/);
  });

  const wrong: [string, object, RegExp][] = [
    ['a broken path', kprobe(args({ resolve: 'a..b' })), /no path inside a structure/],
    ['too many steps', kprobe(args({ resolve: Array(11).fill('a').join('.') })), /11 steps, at most 10/],
    ['btfType alone', kprobe(args({ btfType: 'file' })), /btfType says nothing without resolve/],
    ['no name of a structure', kprobe(args({ resolve: 'x', btfType: 'struct file' })), /names no structure/],
    [
      'a type of a module',
      kprobe(args({ resolve: 'x', btfType: 'y', btfTypeModule: 'nf' })),
      /types of modules are not read/,
    ],
    ['a source among the arguments', kprobe(args(tgid)), /current_task is no source of this argument/],
    ['data without a source', kprobe(data({ resolve: 'tgid' })), /an entry of data has no source/],
    [
      'data of nowhere',
      kprobe(data({ source: 'elsewhere', resolve: 'x' })),
      /there is no source "elsewhere"/,
    ],
    ['data without a path', kprobe(data({ source: 'current_task' })), /named by resolve/],
    ['a type for the task', kprobe(data({ ...tgid, btfType: 'file' })), /current_task has a type of its own/],
    [
      'registers of a kernel function',
      kprobe(data({ source: 'pt_regs', resolve: 'rdi' })),
      /shown its parameters, not the registers/,
    ],
    [
      'no register',
      kprobe(data({ source: 'pt_regs', resolve: 'x0' }), 'sys_openat', true),
      /"x0" is no register/,
    ],
    [
      'an object in a register',
      kprobe(data({ source: 'pt_regs', resolve: 'rdi', type: 'file' }), 'sys_openat', true),
      /not a file/,
    ],
    [
      'half an address',
      kprobe(data({ source: 'pt_regs', resolve: 'edi', type: 'string' }), 'sys_openat', true),
      /too narrow/,
    ],
    [
      'too much',
      kprobe({ ...args({}, {}, {}), ...data(tgid, tgid, tgid) }),
      /3 arguments and 3 data, together at most 5/,
    ],
    [
      'a record',
      { tracepoints: [{ subsystem: 's', event: 'e', ...args({ resolve: 'x' }) }] },
      /record has no structures/,
    ],
    [
      'a program',
      { uprobes: [{ path: '/bin/sh', symbols: ['main'], ...args({ resolve: 'x' }) }] },
      /structures of programs/,
    ],
    [
      'a return value',
      kprobe({ return: true, returnArg: { index: 0, type: 'int', resolve: 'x' } }),
      /returnArg\/resolve/,
    ],
    ['a size', kprobe(data({ ...tgid, sizeArgIndex: 1 })), /no parameters to take a size from/],
  ];
  for (const [what, spec, says] of wrong)
    it(`refuses ${what}`, () => assert.match(refusals(spec).join('\n'), says));
});
