// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { intakeObject } from '../../../src/model/intake.ts';
import type { NormalHook } from '../../../src/model/normal-policy.ts';
import { isPlaceWanted } from '../../../src/model/program-place.ts';
import { smallPolicy } from '../../fixtures/policies.ts';

const taken = (uprobe: object, more: object = {}) =>
  intakeObject({ ...smallPolicy({ spec: { uprobes: [{ path: '/bin/bash', ...uprobe }] } }), ...more });

function hooksOf(uprobe: object): NormalHook[] {
  const { valid, normal, findings } = taken(uprobe) as {
    valid: boolean;
    normal: { hooks: NormalHook[] };
    findings: unknown;
  };
  assert.ok(valid, JSON.stringify(findings));
  return normal.hooks;
}

function refused(uprobe: object, more: object = {}): string {
  const { valid, findings } = taken(uprobe, more);
  assert.equal(valid, false, 'it should be refused');
  return findings.map(({ path, message }) => `${path} ${message}`).join('\n');
}

describe('places in programs', () => {
  it('are one hook each, named by file and place', () => {
    const hooks = hooksOf({
      symbols: ['readline', 'main+0x10', 'main+16'],
      args: [{ index: 1, type: 'string' }],
    });
    assert.deepEqual(
      hooks.map(({ call }) => call),
      ['/bin/bash:readline', '/bin/bash:main+0x10', '/bin/bash:main+0x10'],
    );
    assert.ok(
      hooks.every(({ type, path, syscall }) => type === 'uprobe' && path === '/spec/uprobes/0' && !syscall),
    );
    assert.deepEqual(hooks[1]?.program, { path: '/bin/bash', at: { symbol: 'main', plus: 16 } });
  });

  it('are named by offset or address, too, each with its counter', () => {
    assert.deepEqual(
      hooksOf({ offsets: [4096, 8192], refCtrOffsets: [0, 64] }).map(({ call, program }) => [
        call,
        program?.refCtrOffset,
      ]),
      [
        ['/bin/bash:0x1000', undefined],
        ['/bin/bash:0x2000', 64],
      ],
    );
    assert.equal(hooksOf({ addrs: [0x401000] })[0]?.call, '/bin/bash:@0x401000');
  });

  it('are refused when they are none, or several at once', () => {
    assert.match(refused({}), /names its places by one of symbols, offsets, addrs$/m);
    assert.match(refused({ symbols: [] }), /one of symbols, offsets, addrs$/m);
    assert.match(
      refused({ symbols: ['a'], offsets: [1] }),
      /only one of symbols, addrs and offsets|not by symbols and offsets/,
    );
    for (const symbol of ['', 'a b', 'a+b', 'a+1+2', 'a+-1', 'a:b', 'a+0x1234567890abcdef'])
      assert.match(
        refused({ symbols: [symbol] }),
        /\/spec\/uprobes\/0\/symbols\/0 ".*" names no function/,
        symbol,
      );
    assert.match(refused({ offsets: [-1] }), /-1 is no place in a file/);
    assert.match(refused({ symbols: ['a'], refCtrOffsets: [1, 2] }), /2 reference counters for 1 places/);
    assert.match(refused({ symbols: ['a'], refCtrOffsets: [2 ** 33] }), /is no place of a counter/);
  });

  it('are refused where the path depends on something', () => {
    assert.match(refused({ path: 'bash', symbols: ['a'] }), /depends on where the agent runs/);
    assert.match(refused({ path: '/a:b', symbols: ['a'] }), /no path that can be hooked/);
    assert.match(refused({ path: `/${'a'.repeat(4096)}`, symbols: ['a'] }), /no path that can be hooked/);
  });

  it('are refused with what a program cannot do', () => {
    const symbols = ['a'];
    const args = [{ index: 0, type: 'sock' }];
    assert.match(refused({ symbols, args }), /a program is handed no sock/);
    const returns = { return: true, returnArg: { index: 0, type: 'int' }, args: [{ index: 0, type: 'int' }] };
    assert.match(refused({ symbols, ...returns }), /at its return a function of a program has no arguments/);
    const act = (action: object) => refused({ symbols, selectors: [{ matchActions: [action] }] });
    assert.match(act({ action: 'Override', argError: -1 }), /registers can only be set from Linux 6\.18/);
    assert.match(act({ action: 'Override', argRegs: ['rax=0'] }), /argRegs[\s\S]*registers can only be set/);
    for (const field of ['binaryDigests', 'btfPath'])
      assert.match(
        refused({ symbols, [field]: field === 'btfPath' ? '/x' : ['sha256:00'] }),
        new RegExp(`/spec/uprobes/0/${field} `),
      );
    assert.match(
      refused({ symbols, ignore: { digestVerificationFailure: true } }),
      /digestVerificationFailure/,
    );
    const namespaced = { kind: 'TracingPolicyNamespaced', metadata: { name: 'p', namespace: 'n' } };
    assert.match(refused({ symbols }, namespaced), /belongs to no namespace/);
  });
});

describe('a place from outside', () => {
  it('is one of three kinds, and nothing else', () => {
    for (const good of [{ symbol: 'a', plus: 0 }, { offset: 0 }, { address: 5 }])
      assert.ok(isPlaceWanted(good));
    const bad = [
      null,
      1,
      {},
      { symbol: 'a' },
      { offset: -1 },
      { offset: 1, address: 1 },
      { offset: 1, plus: 0 },
    ];
    for (const one of [...bad, { symbol: 1, plus: 0 }, { offset: 1.5 }, { offset: 1, more: 1 }])
      assert.equal(isPlaceWanted(one), false, JSON.stringify(one));
  });
});
