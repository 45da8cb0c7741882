// SPDX-License-Identifier: Apache-2.0
/** Which mechanism a hook gets on which kernel, what it guarantees, and what is refused. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TG_HASH_OF, TG_ROLE } from '../../../src/plan/layout.generated.ts';
import { makePlan, plannedHooks } from '../../../src/plan/make-plan.ts';
import { symbolsOf } from '../../../src/plan/symbols.ts';
import {
  FULL,
  factsOf,
  type HookSpec,
  type Kernel,
  NO_FENTRY,
  NO_LSM,
  planOf,
  policyOf,
  policyWith,
} from './host-facts.ts';

const OVERRIDE = { action: 'Override', argError: -1 };
const KILL = { action: 'Sigkill' };
const WATCH_ONLY = { action: 'Post' };
const STRINGS = [
  { index: 0, type: 'string' },
  { index: 1, type: 'int' },
  { index: 2, type: 'string' },
];
const ON_TARGET = [{ index: 0, operator: 'Equal', values: ['/etc/passwd'] }];
const ON_LINK = [{ index: 2, operator: 'Equal', values: ['/x'] }];
const symlink = (action: object, match = ON_TARGET): HookSpec => ({
  ...{ call: 'sys_symlinkat', syscall: true, args: STRINGS, match, action: { ...action } },
});
const access = (action: object, index = 1): HookSpec => ({
  ...{ call: 'sys_access', syscall: true, action: { ...action } },
  args: [
    { index: 0, type: 'string' },
    { index: 1, type: 'int' },
  ],
  match: [{ index, operator: 'Equal', values: ['7'] }],
});
const fileOpen = (action: object): HookSpec => ({
  ...{ call: 'security_file_open', args: [{ index: 0, type: 'file' }], action: { ...action } },
});
const INJECTABLE: Kernel = { ...FULL, injectable: ['__x64_sys_access', '__x64_sys_symlinkat'] };

interface Row {
  what: string;
  hook: HookSpec;
  on: Kernel;
  mechanism: string;
  guarantee: string;
  racy?: boolean;
}

// biome-ignore format: a table is read in rows
const TABLE: Row[] = [
  { what: 'symlink watched', hook: symlink(WATCH_ONLY), on: FULL, mechanism: 'fentry/do_symlinkat', guarantee: 'observed' },
  { what: 'symlink watched on its return', hook: { ...symlink(WATCH_ONLY), more: { return: true, returnArg: { index: 0, type: 'int' } } }, on: FULL, mechanism: 'fexit/do_symlinkat', guarantee: 'observed' },
  { what: 'symlink denied, BPF LSM', hook: symlink(OVERRIDE), on: FULL, mechanism: 'fentry/do_symlinkat + lsm/path_symlink', guarantee: 'denied-before-effect' },
  { what: 'symlink denied, no BPF LSM', hook: symlink(OVERRIDE), on: NO_LSM, mechanism: 'fentry/do_symlinkat + fmod_ret/security_path_symlink', guarantee: 'denied-before-effect' },
  { what: 'symlink killed', hook: symlink(KILL), on: FULL, mechanism: 'fentry/do_symlinkat + lsm/path_symlink', guarantee: 'denied-before-effect' },
  { what: 'symlink signalled: nothing to deny', hook: symlink({ action: 'Signal', argSig: 17 }), on: FULL, mechanism: 'fentry/do_symlinkat', guarantee: 'killed-after-effect' },
  { what: 'symlink denied by what the LSM hook does not see', hook: symlink(OVERRIDE, ON_LINK), on: INJECTABLE, mechanism: 'fentry/__x64_sys_symlinkat + fmod_ret/__x64_sys_symlinkat', guarantee: 'denied-before-effect', racy: true },
  { what: 'symlink killed by what the LSM hook does not see', hook: symlink(KILL, ON_LINK), on: FULL, mechanism: 'fentry/do_symlinkat', guarantee: 'killed-after-effect' },
  { what: 'symlink killed, nothing that denies', hook: symlink(KILL), on: { has: ['fentry', 'raw_tracepoint'] }, mechanism: 'fentry/do_symlinkat', guarantee: 'killed-after-effect' },
  { what: 'symlink watched, no fentry', hook: symlink(WATCH_ONLY), on: NO_FENTRY, mechanism: 'raw_tp/sys_enter', guarantee: 'observed' },
  { what: 'symlink killed, no fentry', hook: symlink(KILL), on: NO_FENTRY, mechanism: 'raw_tp/sys_enter', guarantee: 'killed-after-effect', racy: true },
  { what: 'access killed by a register', hook: access(KILL), on: NO_FENTRY, mechanism: 'raw_tp/sys_enter', guarantee: 'killed-after-effect' },
  { what: 'access killed by a register, fentry', hook: access(KILL), on: FULL, mechanism: 'fentry/__x64_sys_access', guarantee: 'killed-after-effect' },
  { what: 'access denied by a register, injection', hook: access(OVERRIDE), on: INJECTABLE, mechanism: 'fentry/__x64_sys_access + fmod_ret/__x64_sys_access', guarantee: 'denied-before-effect' },
  { what: 'access denied by user memory, injection', hook: access(OVERRIDE, 0), on: INJECTABLE, mechanism: 'fentry/__x64_sys_access + fmod_ret/__x64_sys_access', guarantee: 'denied-before-effect', racy: true },
  { what: 'access watched by user memory: a watcher decides nothing', hook: access(WATCH_ONLY, 0), on: FULL, mechanism: 'fentry/__x64_sys_access', guarantee: 'observed' },
  { what: 'a syscall without arguments: the body has the type', hook: { call: 'sys_getpid', syscall: true }, on: FULL, mechanism: 'fentry/__do_sys_getpid', guarantee: 'observed' },
  { what: 'the 32-bit form by its name', hook: { call: '__ia32_compat_sys_lseek', syscall: true }, on: FULL, mechanism: 'fentry/__ia32_compat_sys_lseek', guarantee: 'observed' },
  { what: 'security function watched', hook: fileOpen(WATCH_ONLY), on: FULL, mechanism: 'fentry/security_file_open', guarantee: 'observed' },
  { what: 'security function denied, BPF LSM', hook: fileOpen(OVERRIDE), on: FULL, mechanism: 'fentry/security_file_open + lsm/file_open', guarantee: 'denied-before-effect' },
  { what: 'security function denied, no BPF LSM', hook: fileOpen(OVERRIDE), on: NO_LSM, mechanism: 'fentry/security_file_open + fmod_ret/security_file_open', guarantee: 'denied-before-effect' },
  { what: 'security function whose LSM hook is handed less', hook: { call: 'security_inode_permission', args: [{ index: 1, type: 'int' }], action: OVERRIDE }, on: FULL, mechanism: 'fentry/security_inode_permission + fmod_ret/security_inode_permission', guarantee: 'denied-before-effect' },
  { what: 'other function killed', hook: { call: 'tcp_connect', args: [{ index: 0, type: 'sock' }], action: KILL }, on: FULL, mechanism: 'fentry/tcp_connect', guarantee: 'killed-after-effect' },
  { what: 'injectable function denied', hook: { call: 'tcp_connect', args: [{ index: 0, type: 'sock' }], action: OVERRIDE }, on: { ...FULL, injectable: ['tcp_connect'] }, mechanism: 'fentry/tcp_connect + fmod_ret/tcp_connect', guarantee: 'denied-before-effect' },
];

describe('the mechanism', () => {
  for (const { what, hook, on, mechanism, guarantee, racy = false } of TABLE) {
    it(`${what}: ${mechanism}`, () => {
      const consent: Record<string, string> = racy ? { 'tracegate.io/allow-racy': 'true' } : {};
      const plan = planOf(policyOf(hook, consent), on);
      assert.equal(plan.refused, undefined);
      assert.deepEqual([plan.mechanism, plan.guarantee, plan.racy], [mechanism, guarantee, racy]);
      assert.ok(plan.programs.length > 0);
      if (racy) {
        const without = planOf(policyOf(hook), on);
        assert.match(without.refused ?? '', /allow-racy: "true"/);
        assert.deepEqual(without.programs, []);
        for (const odd of ['True', 'yes', ''])
          assert.ok(planOf(policyOf(hook, { 'tracegate.io/allow-racy': odd }), on).refused);
      }
    });
  }
});

// biome-ignore format: a table is read in rows
const REFUSED: { what: string; hook: HookSpec; on: Kernel; why: RegExp }[] = [
  { what: 'Override without fentry', hook: symlink(OVERRIDE), on: NO_FENTRY, why: /cannot be refused on h: h has no fentry \(no fentry here\)/ },
  { what: 'Override by what no hook holds, without injection', hook: symlink(OVERRIDE, ON_LINK), on: FULL, why: /no error injection, and no race-free form/ },
  { what: 'Override on a syscall without injection', hook: access(OVERRIDE), on: FULL, why: /cannot make __x64_sys_access fail/ },
  { what: 'Override on a function that cannot fail', hook: { call: 'tcp_connect', args: [{ index: 0, type: 'sock' }], action: OVERRIDE }, on: FULL, why: /only security_\* functions and those on the kernel's error-injection list/ },
  { what: 'Override with fmod_ret missing too', hook: fileOpen(OVERRIDE), on: { has: ['fentry'] }, why: /h has no fmod_ret/ },
  { what: 'a function on a kernel without fentry', hook: fileOpen(WATCH_ONLY), on: NO_FENTRY, why: /h has no fentry \(no fentry here\)/ },
  { what: 'a function that is not there', hook: { call: 'no_such' }, on: FULL, why: /the kernel of h \(6\.1\.0\) has no function no_such$/ },
  { what: 'a syscall that is not there', hook: { call: 'sys_lseek', syscall: true }, on: { ...FULL, without: ['__x64_sys_lseek'] }, why: /has no syscall sys_lseek/ },
  { what: 'a 32-bit syscall without fentry', hook: { call: '__ia32_compat_sys_lseek', syscall: true }, on: NO_FENTRY, why: /no 64-bit syscall/ },
  { what: 'anything on a kernel that takes nothing', hook: symlink(WATCH_ONLY), on: { has: [] }, why: /h has no raw_tracepoint/ },
  { what: 'an argument that does not exist', hook: { call: 'tcp_connect', args: [{ index: 1, type: 'int' }] }, on: FULL, why: /argument 1 does not exist: the kernel has `int tcp_connect\(struct sock \* sk\)`/ },
  { what: 'a struct that is another', hook: { call: 'tcp_connect', args: [{ index: 0, type: 'file' }] }, on: FULL, why: /argument 0 is `struct sock \*`, not a file/ },
  { what: 'credentials where a socket is', hook: { call: 'tcp_connect', args: [{ index: 0, type: 'cred' }] }, on: FULL, why: /argument 0 is `struct sock \*`, not a cred: the kernel has `int tcp_connect/ },
  { what: 'a number where a pointer is', hook: { call: 'tcp_connect', args: [{ index: 0, type: 'int' }] }, on: FULL, why: /argument 0 is `struct sock \*`, a pointer, not int/ },
  { what: 'a pointer where a number is', hook: { call: 'tcp_sendmsg', args: [{ index: 2, type: 'string' }] }, on: FULL, why: /argument 2 is `size_t`, not a string/ },
];

describe('what a host cannot do as asked is refused with the reason', () => {
  for (const { what, hook, on, why } of REFUSED) {
    it(what, () => {
      const plan = planOf(policyOf(hook), on);
      assert.match(plan.refused ?? '', why);
      assert.deepEqual([plan.programs, plan.guarantee], [[], 'observed']);
    });
  }

  it('a policy of a namespace, whose pods a host does not know from its other processes', () => {
    const plan = planOf({ ...policyOf(symlink(WATCH_ONLY)), namespace: 'team-a' }, FULL);
    assert.match(plan.refused ?? '', /of the namespace team-a, and h cannot tell whose a process is/);
    assert.deepEqual(plan.programs, []);
  });

  it('a hook that the kernel closes to BPF LSM is made to fail by fmod_ret', () => {
    const call = 'security_inode_copy_up_xattr';
    const hook = { call, args: [{ index: 0, type: 'string' }], action: OVERRIDE };
    const plan = planOf(policyOf(hook), FULL);
    assert.equal(plan.mechanism, `fentry/${call} + fmod_ret/${call}`);
  });

  it('a raw tracepoint with another struct, its prototype shown', () => {
    const args = [{ index: 0, type: 'linux_binprm' }];
    const hook = { subsystem: 'raw_syscalls', event: 'sys_exit', raw: true, args };
    const plan = planOf(policyWith({ tracepoints: [hook] }), FULL);
    assert.match(
      plan.refused ?? '',
      /is `struct pt_regs \*`, not a linux_binprm: the kernel has `int sys_exit\(/,
    );
  });

  it('several wrong arguments are told at once', () => {
    const args = [
      { index: 0, type: 'file' },
      { index: 3, type: 'int' },
    ];
    const plan = planOf(policyOf({ call: 'tcp_sendmsg', args }), FULL);
    assert.match(plan.refused ?? '', /argument 0 is .*; argument 3 does not exist: the kernel has/);
  });

  it('other widths than the prototype has, and addresses as numbers, are no problem', () => {
    for (const type of ['int', 'uint32', 'uint64', 'int8'])
      assert.equal(
        planOf(policyOf({ call: 'tcp_sendmsg', args: [{ index: 2, type }] }), FULL).refused,
        undefined,
      );
    assert.equal(
      planOf(policyOf({ call: 'tcp_connect', args: [{ index: 0, type: 'uint64' }] }), FULL).refused,
      undefined,
    );
  });

  it('what could not be told is never taken for a yes', () => {
    const facts = factsOf(FULL);
    facts.features.fentry = { available: 'unknown', reason: 'nobody asked' };
    const [hook] = makePlan(policyOf(fileOpen(WATCH_ONLY)), facts).hooks;
    assert.match(hook?.refused ?? '', /could not be told whether h has fentry \(nobody asked\)/);
  });
});

describe('an LSM hook', () => {
  const lsm = (hook: string, action: object, args: object[] = [], on: Kernel = FULL) =>
    planOf(policyWith({ lsmhooks: [{ hook, args, selectors: [{ matchActions: [action] }] }] }), on);
  const FILE = [{ index: 0, type: 'file' }];

  it('is seen where it is asked, and answered by an LSM program when something is to be refused', () => {
    const watched = lsm('file_open', WATCH_ONLY, FILE);
    assert.deepEqual(
      [watched.mechanism, watched.guarantee, watched.report.functionName],
      ['fentry/bpf_lsm_file_open', 'observed', 'bpf_lsm_file_open'],
    );
    for (const action of [OVERRIDE, KILL]) {
      const plan = lsm('file_open', action, FILE);
      assert.deepEqual(
        [plan.mechanism, plan.guarantee],
        ['fentry/bpf_lsm_file_open + lsm/file_open', 'denied-before-effect'],
      );
      assert.deepEqual(
        plan.programs.map(({ template, target }) => [template, target]),
        [
          ['lsm', 'bpf_lsm_file_open'],
          ['fentry', 'bpf_lsm_file_open'],
        ],
      );
    }
  });

  it('that tells a digest is one program that sleeps, and refused where the kernel makes none', () => {
    const spec = (matchActions: object[]) => ({
      lsmhooks: [{ hook: 'mmap_file', args: FILE, selectors: [{ matchActions }] }],
    });
    const policy = (matchActions: object[]) => policyWith(spec(matchActions));
    const planned = (matchActions: object[]) => makePlan(policy(matchActions), facts).hooks[0];
    const tells = { action: 'Post', imaHash: true };
    const facts = factsOf(FULL);
    assert.match(planned([tells])?.refused ?? '', /has no integrity measurement \(CONFIG_IMA\)/);
    facts.functions.ima_file_hash = facts.functions.bpf_lsm_mmap_file ?? null;
    const plan = planned([OVERRIDE, tells]);
    assert.deepEqual([plan?.mechanism, plan?.guarantee], ['lsm.s/mmap_file', 'denied-before-effect']);
    const { TG_ROLE_POST, TG_ROLE_VERDICT } = TG_ROLE;
    assert.deepEqual(
      plan?.programs.map(({ template, config }) => [template, config.hashOf, config.selectors[0]?.hashes]),
      [['lsm_hash', TG_HASH_OF.TG_HASH_OF_FILE, true]],
    );
    assert.equal((plan?.programs[0]?.config.roles ?? 0) & TG_ROLE_VERDICT, TG_ROLE_VERDICT);
    const told = planned([tells])?.programs[0]?.config.roles ?? 0;
    assert.equal(told & (TG_ROLE_POST | TG_ROLE_VERDICT), TG_ROLE_POST);
  });

  it('that is only told can be killed in, not answered', () => {
    assert.equal(lsm('bprm_committed_creds', KILL).guarantee, 'killed-after-effect');
    assert.match(
      lsm('bprm_committed_creds', OVERRIDE).refused ?? '',
      /is told, not asked: the kernel has `void bpf_lsm_bprm_committed_creds\(/,
    );
    assert.match(lsm('audit_rule_match', OVERRIDE).refused ?? '', /answers yes or no/);
  });

  it('is refused where there is none, no BPF LSM, or another prototype', () => {
    assert.match(lsm('no_such', WATCH_ONLY).refused ?? '', /has no LSM hook no_such/);
    assert.match(lsm('file_open', WATCH_ONLY, FILE, NO_LSM).refused ?? '', /h has no lsm/);
    assert.match(
      lsm('file_open', WATCH_ONLY, [{ index: 0, type: 'sock' }]).refused ?? '',
      /not a sock: the kernel has `int bpf_lsm_file_open\(struct file \* file\)`/,
    );
  });
});

describe('the programs', () => {
  const { TG_ROLE_POST, TG_ROLE_KILL, TG_ROLE_COUNT, TG_ROLE_VERDICT } = TG_ROLE;
  const roles = (hook: HookSpec, on = FULL) =>
    planOf(policyOf(hook), on).programs.map((p) => [p.template, p.config.roles]);

  it('come with the verdict first, so that what an event says is in place', () => {
    assert.deepEqual(roles(symlink(OVERRIDE)), [
      ['lsm', TG_ROLE_VERDICT],
      ['fentry', TG_ROLE_POST | TG_ROLE_KILL | TG_ROLE_COUNT],
    ]);
  });

  it('kill at the entry even where the event waits for the return', () => {
    const more = { return: true, returnArg: { index: 0, type: 'int' } };
    assert.deepEqual(roles({ ...symlink(KILL), more }), [
      ['lsm', TG_ROLE_VERDICT],
      ['fexit', TG_ROLE_POST | TG_ROLE_COUNT],
      ['fentry', TG_ROLE_KILL],
    ]);
  });

  it('act at the return where matchReturnActions say so, and nowhere else', () => {
    const returnArg = { index: 0, type: 'int' };
    const selectors = [
      {
        matchReturnArgs: [{ index: 0, operator: 'LT', values: ['0'] }],
        matchReturnActions: [{ action: 'Signal', argSig: 15 }, { action: 'NoPost' }],
      },
    ];
    const { programs, guarantee } = planOf(
      policyOf({ call: 'tcp_connect', more: { return: true, returnArg, selectors } }),
      FULL,
    );
    assert.deepEqual(
      programs.map((p) => [p.template, p.config.roles]),
      [['fexit', TG_ROLE_POST | TG_ROLE_COUNT | TG_ROLE_KILL]],
    );
    const selector = programs[0]?.config.selectors[0];
    assert.deepEqual([selector?.signal, selector?.post, selector?.error], [15, false, 0]);
    assert.equal(guarantee, 'killed-after-effect');
  });

  it('pair a kill with a denial, which is not there without it', () => {
    const [verdict] = planOf(policyOf(symlink(KILL)), FULL).programs;
    assert.deepEqual([verdict?.config.selectors[0]?.error, verdict?.config.selectors[0]?.paired], [-1, true]);
    const [capture] = planOf(policyOf(symlink(KILL)), { has: ['fentry'] }).programs;
    assert.equal(capture?.config.selectors[0]?.error, 0);
  });
});

describe('tracepoints', () => {
  const tracepoint = (more: object) =>
    policyWith({ tracepoints: [{ subsystem: 'syscalls', event: 'sys_enter_close', ...more }] });
  const rawTracepoint = (more: object) =>
    policyWith({ tracepoints: [{ subsystem: 'raw_syscalls', event: 'sys_exit', raw: true, ...more }] });

  it('are read by their fields, the common ones counted', () => {
    const plan = planOf(tracepoint({ args: [{ index: 4, type: 'int' }] }), FULL);
    assert.equal(plan.mechanism, 'tracepoint/syscalls/sys_enter_close');
    const [arg] = plan.programs[0]?.config.args ?? [];
    assert.deepEqual([arg?.offsetBytes, arg?.sizeBytes], [8, 4]);
  });

  for (const [what, policy, on, why] of [
    [
      'another field',
      tracepoint({ args: [{ index: 9, type: 'int' }] }),
      FULL,
      /it has 6 fields, and field 9/,
    ],
    ['a field of dynamic length', tracepoint({ args: [{ index: 5, type: 'int' }] }), FULL, /dynamic length/],
    ['no tracefs', tracepoint({}), { has: [] }, /h has no tracepoint/],
    ['no such parameter', rawTracepoint({ args: [{ index: 2, type: 'int' }] }), FULL, /has 2 parameters/],
    ['no raw tracepoints', rawTracepoint({}), { has: [] }, /h has no raw_tracepoint/],
  ] as const) {
    it(`refuse ${what}`, () => {
      assert.match(planOf(policy, on as Kernel).refused ?? '', why);
    });
  }
});

describe('a plan', () => {
  it('ignores what is missing where the policy asks for that', () => {
    const more = { ignore: { callNotFound: true } };
    const plan = planOf(policyOf({ call: 'no_such', more }), FULL);
    assert.match(plan.refused ?? '', /ignored, as the policy asks/);
    assert.equal(plan.absent, true);
    assert.equal(planOf(policyOf({ call: 'no_such' }), FULL).absent, undefined);
    const [seen] = plannedHooks(makePlan(policyOf({ call: 'no_such', more }), factsOf(FULL)));
    assert.deepEqual([seen?.refused, seen?.absent], [false, true]);
  });

  it('refuses what is there and cannot be done, ignored or not', () => {
    const more = { ignore: { callNotFound: true } };
    const plan = planOf(policyOf({ call: 'tcp_connect', action: OVERRIDE, more }), FULL);
    assert.match(plan.refused ?? '', /cannot be made to fail/);
    assert.equal(plan.absent, undefined);
  });

  it('does not take a 32-bit call that cannot be seen here for a missing one', () => {
    const more = { ignore: { callNotFound: true }, syscall: true };
    const plan = planOf(policyOf({ call: '__ia32_sys_symlinkat', more }), NO_FENTRY);
    assert.match(plan.refused ?? '', /is no 64-bit syscall/);
    assert.equal(plan.absent, undefined);
    assert.equal(planOf(policyOf({ call: 'sys_no_such_call', more }), NO_FENTRY).absent, true);
  });

  it('is the same for the same policy and facts', () => {
    const made = () => makePlan(policyOf(symlink(OVERRIDE)), facts);
    const facts = factsOf(FULL);
    assert.deepEqual(made(), made());
  });

  it('is shown to guardrails with what it guarantees, and why not', () => {
    const [planned] = plannedHooks(makePlan(policyOf(symlink(OVERRIDE)), factsOf(NO_FENTRY)));
    assert.deepEqual(
      [planned?.path, planned?.host, planned?.hook, planned?.refused],
      ['/spec/kprobes/0', 'h', 'sys_symlinkat', true],
    );
    assert.match(planned?.reason ?? '', /no fentry/);
  });

  it('names every symbol it may look at, so that facts cover it', () => {
    const { functions, syscalls } = symbolsOf(policyOf(symlink(OVERRIDE)));
    assert.deepEqual(functions, [
      '__do_sys_symlinkat',
      '__x64_sys_symlinkat',
      'bpf_lsm_path_symlink',
      'do_symlinkat',
      'security_path_symlink',
    ]);
    assert.deepEqual(syscalls, ['sys_symlinkat']);
    assert.deepEqual(symbolsOf(policyOf(fileOpen(WATCH_ONLY))).functions, [
      'bpf_lsm_file_open',
      'security_file_open',
    ]);
  });
});
