// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { intakeObject } from '../../../src/model/intake.ts';
import { smallPolicy } from '../../fixtures/policies.ts';

const LISTS = [{ name: 'dups', type: 'syscalls', values: ['sys_dup', '__ia32_sys_dup'] }];
const NOTIFY = { action: 'NotifyEnforcer', argError: -1, argSig: 9 };
const selector = (values: string[], more: object = {}) => ({
  matchArgs: [{ index: 0, operator: 'InMap', values }],
  matchActions: [NOTIFY],
  ...more,
});
const enter = (selectors: object[], more: object = {}) => ({
  ...{ subsystem: 'raw_syscalls', event: 'sys_enter', args: [{ index: 4, type: 'syscall64' }] },
  selectors,
  ...more,
});
const spec = (tracepoint: object, calls = ['list:dups']) => ({
  lists: LISTS,
  enforcers: [{ calls }],
  tracepoints: [tracepoint],
});

function hooksOf(written: object) {
  const taken = intakeObject(smallPolicy({ spec: written }));
  assert.ok(taken.valid, JSON.stringify(taken.findings));
  return taken.normal.hooks;
}

function refused(written: object): string {
  const taken = intakeObject(smallPolicy({ spec: written }));
  assert.equal(taken.valid, false, 'it should be refused');
  return taken.findings.map(({ path, message }) => `${path} ${message}`).join('\n');
}

describe('NotifyEnforcer', () => {
  it('becomes a hook on each call that is meant, with the actions it asks for', () => {
    const hooks = hooksOf(spec(enter([selector(['list:dups'])])));
    assert.deepEqual(
      hooks.map(({ type, call, abi, syscall }) => [type, call, abi, syscall]),
      [
        ['kprobe', 'sys_dup', undefined, true],
        ['kprobe', 'sys_dup', 'i386', true],
      ],
    );
    assert.deepEqual(
      hooks[0]?.selectors[0]?.actions.map(({ action, kills, argError }) => [action, kills, argError]),
      [
        ['Sigkill', true, undefined],
        ['Override', false, -1],
      ],
    );
    assert.equal(hooks[0]?.selectors[0]?.path, '/spec/tracepoints/0/selectors/0');
  });

  it('keeps to each call the selectors that name it', () => {
    const two = enter([selector(['sys_dup2']), selector(['list:dups', 'sys_dup2'])]);
    const hooks = hooksOf(spec(two, ['list:dups', 'sys_dup2']));
    assert.deepEqual(
      Object.fromEntries(
        hooks.map(({ call, abi = 'x64', selectors }) => [`${abi}/${call}`, selectors.length]),
      ),
      { 'x64/sys_dup2': 2, 'x64/sys_dup': 1, 'i386/sys_dup': 1 },
    );
  });

  it('on a kprobe is carried out there, if the enforcer has that call', () => {
    const kprobe = (call: string) => ({
      ...{ lists: LISTS, enforcers: [{ calls: ['list:dups'] }] },
      kprobes: [{ call, selectors: [{ matchActions: [{ ...NOTIFY, argSig: 0 }] }] }],
    });
    assert.equal(hooksOf(kprobe('sys_dup'))[0]?.selectors[0]?.actions[0]?.action, 'Override');
    assert.match(refused(kprobe('sys_close')), /sys_close is none of the enforcers' calls/);
  });

  it('is refused where it would be decided elsewhere than carried out', () => {
    const exit = enter([selector(['list:dups'])], { event: 'sys_exit' });
    assert.match(refused(spec(exit)), /sys_exit is decided elsewhere than it is carried out/);
    assert.match(
      refused(spec(enter([selector(['sys_close'])]))),
      /sys_close is none of the enforcers' calls/,
    );
    assert.match(
      refused(spec(enter([selector(['32'])]))),
      /32 is a number, which means another call on each ABI/,
    );
    assert.match(refused(spec(enter([selector(['list:none'])]))), /there is no list "none"/);
    const all = enter([{ matchActions: [NOTIFY] }]);
    assert.match(refused(spec(all)), /a selector names the calls that are meant/);
    const mixed = enter([
      selector(['list:dups']),
      selector(['list:dups'], { matchActions: [{ action: 'Post' }] }),
    ]);
    assert.match(refused(spec(mixed)), /a selector names the calls that are meant/);
    const lsm = { lsmhooks: [{ hook: 'file_open', selectors: [{ matchActions: [NOTIFY] }] }] };
    assert.match(refused(lsm), /carried out in the call where it is decided, and here is none/);
    const nothing = enter([selector(['list:dups'], { matchActions: [{ action: 'NotifyEnforcer' }] })]);
    assert.match(refused(spec(nothing)), /asks for nothing/);
  });

  it('has enforcers whose calls are checked, and said to be idle where nobody notifies', () => {
    const twice = {
      ...spec(enter([selector(['list:dups'])])),
      enforcers: [{ calls: ['x'] }, { calls: ['sys_dup'] }],
    };
    assert.match(
      refused(twice),
      /there are several enforcers[\s\S]*\/spec\/enforcers\/0\/calls\/0 "x" is not a system call/,
    );
    const idle = intakeObject(
      smallPolicy({ spec: { enforcers: [{ calls: ['sys_dup'] }], kprobes: [{ call: 'sys_dup' }] } }),
    );
    assert.ok(idle.valid);
    assert.match(idle.findings[0]?.message ?? '', /no action notifies the enforcer/);
  });

  it('leaves nothing to be cleaned up', () => {
    const cleaning = {
      kprobes: [
        { call: 'sys_dup', selectors: [{ matchActions: [{ action: 'CleanupEnforcerNotification' }] }] },
      ],
    };
    const taken = intakeObject(smallPolicy({ spec: cleaning }));
    assert.ok(taken.valid);
    assert.match(taken.findings[0]?.message ?? '', /nothing to clean up/);
    assert.equal(taken.normal.hooks[0]?.selectors[0]?.actions[0]?.action, 'Post');
  });
});

describe('fentries', () => {
  it('are hooks on functions as kprobes are', () => {
    const [hook] = hooksOf({
      fentries: [{ call: 'tcp_connect', syscall: false, args: [{ index: 0, type: 'sock' }] }],
    });
    assert.deepEqual([hook?.type, hook?.call, hook?.path], ['kprobe', 'tcp_connect', '/spec/fentries/0']);
  });

  it('stands beside no macros: which calls are meant is told by the selector itself', () => {
    const written = {
      ...spec(enter([selector(['list:dups'], { macros: ['m'] })])),
      selectorsMacros: { m: { matchBinaries: [{ operator: 'In', values: ['/bin/sh'] }] } },
    };
    assert.match(refused(written), /selectors\/0\/macros macros beside NotifyEnforcer/);
  });
});
