// SPDX-License-Identifier: Apache-2.0
/** The rows of the lowering tables: each gives a plan that fits into programs; what has no row is not passed off as one. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { encodeHookConfig } from '../../../src/plan/encode.ts';
import { TG_ROLE } from '../../../src/plan/layout.generated.ts';
import { BY_REGISTERS } from '../../../src/plan/lowering-registers.ts';
import { LOWERING } from '../../../src/plan/lowering-table.ts';
import { makePlan } from '../../../src/plan/make-plan.ts';
import type { HookPlan } from '../../../src/plan/plan.ts';
import { symbolsOf } from '../../../src/plan/symbols.ts';
import { FULL, factsOf, type HookSpec, type Kernel, policyOf } from './host-facts.ts';

const OVERRIDE = { action: 'Override', argError: -1 };
const ALL = { ...FULL, has: [...FULL.has, 'task_storage' as const] };

/** On a kernel that has all functions that are asked for, but those. */
function planned(hook: HookSpec, kernel: Kernel = ALL, without: string[] = []): HookPlan {
  const policy = policyOf({ syscall: true, action: OVERRIDE, ...hook });
  const prototype = { params: [], returns: 'int', btfId: 7 };
  const names = symbolsOf(policy).functions.map((n) => [n, without.includes(n) ? null : prototype]);
  const facts = { ...factsOf(kernel), functions: Object.fromEntries(names) };
  return makePlan(policy, facts).hooks[0] as HookPlan;
}

const typeOf = (as: string) =>
  ['filename', 'string'].includes(as) ? 'string' : /sockaddr|address/.test(as) ? 'sockaddr' : 'int';

const ids = { hookId: 1, policySlot: 1, generation: 1 };

describe('a row of the table', () => {
  for (const [i, row] of LOWERING.entries()) {
    const args = Object.entries(row.capture.args)
      .map(([index, { as }]) => ({ index: Number(index), type: typeOf(as) }))
      .filter(({ index }) => index < 5);
    it(`${row.syscall} by ${row.capture.function} (${i}) is denied before its effect, by programs that fit`, () => {
      const plan = planned({ call: row.syscall, args });
      assert.deepEqual([plan.guarantee, plan.racy, plan.refused], ['denied-before-effect', false, undefined]);
      assert.ok(plan.mechanism.includes(row.capture.function), plan.mechanism);
      for (const { config } of plan.programs) encodeHookConfig(config, ids);
    });
  }
  for (const { syscall, only, lsm } of BY_REGISTERS) {
    it(`${syscall} by its registers is denied before its effect, by programs that fit`, () => {
      const index = only?.index ?? 0;
      const value = only?.values[0] ?? '1';
      const args = [{ index, type: 'int' }];
      const plan = planned({ call: syscall, args, match: [{ index, operator: 'Equal', values: [value] }] });
      assert.deepEqual([plan.guarantee, plan.racy, plan.refused], ['denied-before-effect', false, undefined]);
      for (const name of lsm) assert.ok(plan.mechanism.includes(`lsm/${name}`), plan.mechanism);
      for (const { config } of plan.programs) encodeHookConfig(config, ids);
    });
  }
});

const PREEMPTING: Kernel = { ...ALL, preempts: 'but LSM' };
const atPath = (call: string, index: number, operator = 'Prefix', value = '/etc/x'): HookSpec => ({
  ...{ call, args: [{ index, type: 'string' }], match: [{ index, operator, values: [value] }] },
});
const programsOf = ({ programs }: HookPlan) => programs.map((p) => `${p.template}/${p.target}`);

describe('where tasks are stopped in the middle of programs', () => {
  for (const { syscall, capture } of LOWERING.filter((row) => row.carried !== undefined)) {
    const [index] = Object.entries(capture.args).find(([, { as }]) => as === 'filename') ?? [];
    it(`${syscall} by ${capture.function} is decided in LSM hooks alone`, () => {
      const plan = planned(atPath(syscall, Number(index)), PREEMPTING);
      assert.deepEqual([plan.guarantee, plan.racy, plan.refused], ['denied-before-effect', false, undefined]);
      const { TG_ROLE_LEAVE } = TG_ROLE;
      for (const { template, config } of plan.programs) {
        assert.ok(template === 'lsm' || (config.roles & TG_ROLE_LEAVE) === 0, `${template} leaves a verdict`);
        encodeHookConfig(config, ids);
      }
    });
  }
  it('names are kept before the hook that decides by them is asked', () => {
    assert.deepEqual(programsOf(planned(atPath('sys_unlink', 0), PREEMPTING)), [
      'walk/bpf_lsm_inode_permission',
      'lsm/bpf_lsm_path_unlink',
      'fentry/do_unlinkat',
    ]);
  });
  it('a kernel that leaves tasks alone has the capture decide: nothing hangs on each walk', () => {
    assert.deepEqual(programsOf(planned(atPath('sys_unlink', 0))), [
      'lsm/bpf_lsm_path_unlink',
      'fentry/do_unlinkat',
    ]);
  });
  it('an open is told by its walk whatever the text: no other call can be taken for it', () => {
    for (const [operator, value] of [
      ['NotPrefix', '/etc'],
      ['Equal', '/'],
    ] as const)
      assert.equal(planned(atPath('sys_open', 0, operator, value), PREEMPTING).racy, false);
  });
  it('what only kills on a function is told to miss some', () => {
    const kill = { call: 'sys_lseek', args: [{ index: 0, type: 'int' }], action: { action: 'Sigkill' } };
    assert.match(planned(kill, PREEMPTING).passes ?? '', /another task is stopped in the program/);
    assert.doesNotMatch(planned(kill).passes ?? '', /stopped/);
  });
  it('a verdict on a symlink waits for no word of a capture, as it does elsewhere', () => {
    const { TG_ROLE_HINT } = TG_ROLE;
    const hinted = (kernel: Kernel) =>
      planned(atPath('sys_symlink', 0), kernel).programs.map((p) => (p.config.roles & TG_ROLE_HINT) !== 0);
    assert.deepEqual(hinted(PREEMPTING), [false, false]);
    assert.deepEqual(hinted(ALL), [true, true]);
    assert.deepEqual(hinted(FULL), [false, false], 'without storage for tasks');
  });
  it('nor does one whose capture waits for the return', () => {
    const more = { return: true, returnArg: { index: 0, type: 'int' } };
    const plan = planned({ ...atPath('sys_symlink', 0), more });
    assert.ok(plan.programs.every((p) => (p.config.roles & TG_ROLE.TG_ROLE_HINT) === 0));
  });
  // biome-ignore format: a table is read in rows
  const RACY: [string, HookSpec, Kernel, string[]?][] = [
    ['a text that a path without a component may be', atPath('sys_chmod', 0, 'Equal', '/'), PREEMPTING],
    ['all texts but one', atPath('sys_unlink', 0, 'NotEqual', '/etc/x'), PREEMPTING],
    ['a number beside the path', { call: 'sys_mkdir', args: [{ index: 1, type: 'int' }], match: [{ index: 1, operator: 'Equal', values: ['511'] }] }, PREEMPTING],
    ['a path, where the walk asks no hook', atPath('sys_unlink', 0), PREEMPTING, ['bpf_lsm_inode_permission']],
    ['a path, where LSM hooks leave programs out too', atPath('sys_unlink', 0), { ...ALL, preempts: 'all' }],
    ['a text in a hook that is handed it, where LSM hooks leave programs out too', atPath('sys_symlink', 0), { ...ALL, preempts: 'all' }],
    ['a path, where no LSM hook can refuse', atPath('sys_unlink', 0), { ...PREEMPTING, has: PREEMPTING.has.filter((f) => f !== 'lsm') }],
  ];
  for (const [what, hook, kernel, without] of RACY)
    it(`${what} is decided where it can be got past: that wants consent`, () => {
      const plan = planned(hook, kernel, without);
      assert.equal(plan.racy, true);
      assert.match(
        plan.refused ?? '',
        /left out while another task is stopped in one.*tracegate.io\/allow-racy/,
      );
    });
});

describe('what a row does not speak of', () => {
  it('is said of sockets: there are ways to one whose arguments are in no register', () => {
    const args = [{ index: 0, type: 'int' }];
    const asked = { call: 'sys_socket', args, match: [{ index: 0, operator: 'Equal', values: ['38'] }] };
    assert.match(planned(asked).passes ?? '', /socketcall.*io_uring/);
    assert.equal(planned({ ...asked, call: 'sys_prctl' }).passes, undefined);
  });
});

const arg = (index: number, type: string) => ({ index, type });
const OPEN = [arg(0, 'int'), arg(1, 'string'), arg(2, 'int')];
const where = (index: number, operator: string, ...values: string[]) => ({
  match: [{ index, operator, values }],
});

// biome-ignore format: a table is read in rows
const WITHOUT_ROW: [string, HookSpec][] = [
  ['the flags of an open as a whole: some are gone when it is made', { call: 'sys_openat', args: OPEN, ...where(2, 'Equal', '577') }],
  ['a flag of an open that is gone when it is made', { call: 'sys_openat', args: OPEN, ...where(2, 'Mask', '524288') }],
  ['the name of an attribute, in user memory', { call: 'sys_setxattr', args: [arg(0, 'string'), arg(1, 'string')], ...where(1, 'Equal', 'user.x') }],
  ['the descriptor of a connect, which io_uring does not tell', { call: 'sys_connect', args: [arg(0, 'int'), arg(1, 'sockaddr')], ...where(0, 'Equal', '3') }],
  ['the target of a mount, in user memory', { call: 'sys_mount', args: [arg(0, 'string'), arg(1, 'string')], ...where(1, 'Equal', '/x') }],
  ['a ptrace request the kernel asks no hook for', { call: 'sys_ptrace', args: [arg(0, 'int')], ...where(0, 'Equal', '3') }],
  ['what an open returns', { call: 'sys_openat', args: OPEN, more: { return: true, returnArg: { index: 0, type: 'int' } } }],
];

describe('what has no row', () => {
  for (const [what, hook] of WITHOUT_ROW) {
    it(`is refused without error injection: ${what}`, () => {
      assert.match(planned(hook).refused ?? '', /no race-free form/);
    });
  }

  it('is told how it would have one', () => {
    const { refused } = planned({ call: 'sys_ptrace', args: [arg(0, 'int')] });
    assert.match(refused ?? '', /argument 0 is 0 or 16 or 16902; filter on that with Equal/);
  });

  it('is so for what is carried where the kernel has no task storage', () => {
    assert.match(planned({ call: 'sys_openat', args: OPEN }, FULL).refused ?? '', /no race-free form/);
  });

  it('has one for the flags that are still there when an open is made', () => {
    assert.equal(planned({ call: 'sys_openat', args: OPEN, ...where(2, 'Mask', '577') }).refused, undefined);
  });
});

describe('setxattr', () => {
  it('is refused for access lists too, where they have a hook of their own', () => {
    const hook = { call: 'sys_setxattr', args: [arg(0, 'string')] };
    assert.match(planned(hook).mechanism, /lsm\/inode_setxattr \+ lsm\/inode_set_acl/);
    const older = ['bpf_lsm_inode_set_acl', 'security_inode_set_acl'];
    assert.equal(planned(hook, ALL, older).guarantee, 'denied-before-effect');
    assert.doesNotMatch(planned(hook, ALL, older).mechanism, /inode_set_acl/);
  });
});

describe('a plan by the table', () => {
  it('names its row, and what goes past a decision on text', () => {
    const { row, passes } = planned({ call: 'sys_openat', args: OPEN, ...where(1, 'Prefix', '/etc/') });
    assert.equal(row, 'row: sys_openat, argument 1 Prefix: do_filp_open → file_alloc_security');
    assert.match(passes ?? '', /other spellings of the same file/);
  });

  it('names no spelling where an address decides, or nothing does', () => {
    const connect = { call: 'sys_connect', args: [arg(0, 'int'), arg(1, 'sockaddr')] };
    const { row, passes } = planned({ ...connect, ...where(1, 'SAddr', '10.0.0.1') });
    assert.match(
      row ?? '',
      /security_socket_connect → socket_connect; security_socket_sendmsg → socket_sendmsg/,
    );
    assert.equal(passes, undefined);
    assert.equal(planned({ ...connect, action: { action: 'Post' } }).row, undefined);
  });
});
