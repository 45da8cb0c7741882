// SPDX-License-Identifier: Apache-2.0
/** Denials beside the symlink ones: in front of security_* functions, and of syscalls by what their registers hold. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Bench, callsProgram, openBench, PLACE, run } from './runtime-fixture.ts';

const EPERM = 1;
const EACCES = 13;
const OFFSET = 424242;

function policy(name: string, hook: string): string {
  return `apiVersion: cilium.io/v1alpha1\nkind: TracingPolicy\nmetadata:\n  name: ${name}\nspec:\n  kprobes:\n${hook}`;
}

const NO_MKDIR = policy(
  'no-mkdir',
  `  - call: security_path_mkdir
    syscall: false
    args:
    - index: 0
      type: path
    selectors:
    - matchArgs:
      - index: 0
        operator: Equal
        values: ["${PLACE}/closed"]
      matchActions:
      - action: Override
        argError: -${EACCES}
`,
);

const NO_MMAP = policy(
  'no-mmap',
  `  - call: security_mmap_file
    syscall: false
    args:
    - index: 0
      type: file
    selectors:
    - matchArgs:
      - index: 0
        operator: Postfix
        values: ["/sealed"]
      matchActions:
      - action: Override
        argError: -${EPERM}
`,
);

const NO_SEEK = policy(
  'no-seek',
  `  - call: sys_lseek
    syscall: true
    args:
    - index: 0
      type: int
    - index: 1
      type: int64
    selectors:
    - matchArgs:
      - index: 1
        operator: Equal
        values: ["${OFFSET}"]
      matchActions:
      - action: Override
        argError: -${EPERM}
`,
);

describe('an Override on a security_ function', () => {
  let bench: Bench;
  before(() => {
    bench = openBench();
    for (const name of ['closed', 'open']) mkdirSync(join(PLACE, name), { recursive: true });
  });
  after(() => {
    bench.close();
    for (const name of ['closed', 'open']) rmSync(join(PLACE, name), { recursive: true, force: true });
  });

  it('is decided in the LSM hook where that takes the same arguments', () => {
    const plan = bench.load(NO_MKDIR);
    assert.match(plan.hooks[0]?.mechanism ?? '', /lsm\/path_mkdir/);
    assert.equal(plan.hooks[0]?.guarantee, 'denied-before-effect');
    const { status, out } = run('mkdir', [join(PLACE, 'closed/new')]);
    assert.deepEqual(
      [status, /Permission denied/.test(out), existsSync(join(PLACE, 'closed/new'))],
      [1, true, false],
    );
    assert.equal(run('mkdir', [join(PLACE, 'open/new')]).status, 0);
    const events = bench.taken('no-mkdir');
    assert.deepEqual(
      events.map((e) => [e.process_kprobe?.args, e.tracegate?.denied]),
      [[[{ path_arg: { path: `${PLACE}/closed`, permission: 'drwxr-xr-x' } }], true]],
    );
  });

  it('is decided in front of the function where the hook takes others', () => {
    const plan = bench.load(NO_MMAP);
    assert.match(plan.hooks[0]?.mechanism ?? '', /fmod_ret\/security_mmap_file/);
    const calls = callsProgram();
    for (const [name, printed] of [
      ['sealed', String(EPERM)],
      ['unsealed', 'x'],
    ] as const) {
      const file = join(PLACE, 'open', name);
      writeFileSync(file, 'x');
      const { status, out } = run(calls, ['map', file]);
      assert.equal(status === 0 ? out : String(status), printed, name);
    }
    assert.deepEqual(
      bench.taken('no-mmap').map((e) => e.tracegate?.denied),
      [true],
    );
  });
});

describe('an Override on what a syscall was called with in registers', () => {
  it('denies where the kernel can make the syscall fail, and is refused with the reason where it cannot', (t) => {
    const bench = openBench();
    try {
      const [hook] = bench.plan(NO_SEEK).hooks;
      if (hook?.refused !== undefined) {
        assert.match(hook.refused, /cannot make __x64_sys_lseek fail: the kernel has no error injection/);
        t.diagnostic(hook.refused);
        return;
      }
      bench.load(NO_SEEK);
      assert.deepEqual([hook?.guarantee, hook?.racy], ['denied-before-effect', false]);
      const batch = join(PLACE, 'seeks');
      writeFileSync(batch, `L 0 ${OFFSET} 0\nL 0 ${OFFSET + 1} 0\n`);
      assert.deepEqual(run(callsProgram(), ['batch', batch]).out.split('\n'), [String(EPERM), '29']);
      assert.equal(bench.taken('no-seek').length, 1);
    } finally {
      bench.close();
    }
  });
});
