// SPDX-License-Identifier: Apache-2.0
/** Selectors, argument types, tracepoints and process context on a real kernel. */
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { python } from './python.ts';
import { type Bench, openBench, PLACE, run } from './runtime-fixture.ts';

const FILE = join(PLACE, 'selected');

function policy(hook: string): string {
  const indented = hook
    .trim()
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n');
  return `apiVersion: cilium.io/v1alpha1\nkind: TracingPolicy\nmetadata:\n  name: probe\nspec:\n${indented}\n`;
}

function loaded(t: TestContext, hook: string): Bench {
  const bench = openBench();
  t.after(() => bench.close());
  const plan = bench.load(policy(hook));
  assert.deepEqual(plan.hooks.map((h) => h.refused).filter(Boolean), []);
  bench.taken('probe');
  return bench;
}

const mkdirHook = (selector: string) => `
kprobes:
- call: security_path_mkdir
  syscall: false
  args:
  - index: 0
    type: path
  - index: 2
    type: uint32
  selectors:
  - ${selector.trim().split('\n').join('\n    ')}
`;

describe('matchBinaries', () => {
  const hook = (operator: string) =>
    mkdirHook(`matchBinaries:\n- operator: ${operator}\n  values: [/usr/bin/mkdir, /bin/mkdir]`);

  it('In takes the binary by the path of its executable', (t) => {
    const bench = loaded(t, hook('In'));
    run('mkdir', [FILE]);
    rmSync(FILE, { recursive: true });
    python('-c', `import os; os.mkdir(${JSON.stringify(FILE)})`);
    rmSync(FILE, { recursive: true });
    const events = bench.taken('probe');
    assert.deepEqual(
      events.map((e) => e.process_kprobe?.process.binary?.replace(/^\/usr/, '')),
      ['/bin/mkdir'],
    );
    assert.deepEqual(events[0]?.process_kprobe?.args?.[0], {
      path_arg: { path: PLACE, permission: 'drwxr-xr-x' },
    });
  });

  it('NotIn takes all others', (t) => {
    const bench = loaded(t, hook('NotIn'));
    run('mkdir', [FILE]);
    rmSync(FILE, { recursive: true });
    assert.equal(bench.taken('probe').length, 0);
  });
});

describe('matchPIDs', () => {
  it('follows forks: a grandchild of a listed process matches', (t) => {
    const bench = loaded(
      t,
      mkdirHook(`matchPIDs:\n- operator: In\n  followForks: true\n  values: [${process.pid}]`),
    );
    run('sh', ['-c', `sh -c 'mkdir ${FILE}; true'; true`]);
    rmSync(FILE, { recursive: true });
    assert.equal(bench.taken('probe').length, 1);
  });

  it('without following, only the process itself', (t) => {
    const bench = loaded(t, mkdirHook(`matchPIDs:\n- operator: In\n  values: [${process.pid}]`));
    run('mkdir', [FILE]);
    rmSync(FILE, { recursive: true });
    assert.equal(bench.taken('probe').length, 0);
  });
});

describe('numbers', () => {
  const hook = (operator: string, value: string) => `
kprobes:
- call: sys_lseek
  args:
  - index: 0
    type: int
  - index: 1
    type: int64
  - index: 2
    type: uint32
  selectors:
  - matchArgs:
    - index: 1
      operator: ${operator}
      values: ["${value}"]
    matchBinaries:
    - operator: In
      values: [${JSON.stringify(run('readlink', ['-f', '/usr/bin/python3']).out)}, ${JSON.stringify(python('-c', 'import os; print(os.readlink("/proc/self/exe"))').out)}]
`;
  const seek = (n: string) =>
    python('-c', `import os; f=os.open("/etc/hosts",0)\ntry: os.lseek(f,${n},0)\nexcept OSError: pass`);

  for (const [operator, value, hit, miss] of [
    ['Equal', '-7777777', '-7777777', '-7777778'],
    ['GT', '777777', '777778', '777777'],
    ['LT', '-777777', '-777778', '-777777'],
    ['Mask', '0x4000000000', '0x4000000001', '0x2000000000'],
  ] as const) {
    it(`${operator} ${value}`, (t) => {
      const bench = loaded(t, hook(operator, value));
      seek(hit);
      const values = () => bench.taken('probe').map((e) => e.process_kprobe?.args?.[1]?.long_arg);
      assert.deepEqual(
        values().filter((v) => v === String(Number(hit))),
        [String(Number(hit))],
      );
      seek(miss);
      assert.equal(values().includes(String(Number(miss))), false);
    });
  }
});

describe('a syscall with its return value', () => {
  it('is one event with both', (t) => {
    writeFileSync(FILE, 'abc');
    const bench = loaded(
      t,
      `
kprobes:
- call: sys_unlinkat
  return: true
  args:
  - index: 0
    type: int
  - index: 1
    type: string
  returnArg:
    index: 0
    type: int
  selectors:
  - matchArgs:
    - index: 1
      operator: Postfix
      values: [/selected]
    matchReturnArgs:
    - index: 0
      operator: Equal
      values: ["0", "-2"]
`,
    );
    run('rm', [FILE]);
    run('rm', ['-f', FILE]);
    const events = bench.taken('probe').map((e) => e.process_kprobe);
    assert.deepEqual(
      events.map((e) => e?.return),
      [{ int_arg: 0 }, { int_arg: -2 }],
    );
    assert.deepEqual(events[0]?.args, [{ int_arg: -100 }, { string_arg: FILE }]);
    assert.equal(events[0]?.function_name, '__x64_sys_unlinkat');
  });
});

describe('tracepoints', () => {
  it('classic: fields by number, as the format file counts', (t) => {
    const bench = loaded(
      t,
      `
tracepoints:
- subsystem: syscalls
  event: sys_enter_mkdirat
  args:
  - index: 5
    type: int32
  - index: 6
    type: string
  selectors:
  - matchArgs:
    - index: 6
      operator: Equal
      values: [${FILE}]
`,
    );
    python('-c', `import os; os.mkdir("${FILE}", dir_fd=os.open("/",0))`);
    python('-c', `import os; os.mkdir("${FILE}x", dir_fd=os.open("/",0))`);
    rmSync(FILE, { recursive: true });
    rmSync(`${FILE}x`, { recursive: true });
    const [event, ...more] = bench.taken('probe').map((e) => e.process_tracepoint);
    assert.equal(more.length, 0);
    assert.equal(event?.subsys, 'syscalls');
    assert.equal(event?.event, 'sys_enter_mkdirat');
    assert.deepEqual(event?.args?.[1], { string_arg: FILE });
  });

  it('raw: parameters by number', (t) => {
    const bench = loaded(
      t,
      `
tracepoints:
- subsystem: raw_syscalls
  event: sys_exit
  raw: true
  args:
  - index: 1
    type: int64
  selectors:
  - matchArgs:
    - index: 0
      operator: Equal
      values: ["-1"]
`.replace('index: 0', 'index: 1'),
    );
    run('ln', ['-s', 'x', '/proc/nothing']);
    assert.ok(bench.taken('probe').every((e) => e.process_tracepoint?.args?.[0]?.long_arg === '-1'));
  });
});

describe('what a host cannot do', () => {
  it('is refused with the true prototype', () => {
    const bench = openBench();
    const plan = bench.plan(
      policy(`
kprobes:
- call: security_path_mkdir
  syscall: false
  args:
  - index: 1
    type: file
`),
    );
    assert.match(
      plan.hooks[0]?.refused ?? '',
      /argument 1 is `struct dentry \*`, not a file: the kernel has `int security_path_mkdir\(.*struct path \* dir/,
    );
    bench.close();
  });

  it('is refused when the function is not there', () => {
    const bench = openBench();
    const plan = bench.plan(policy('kprobes:\n- call: no_such_function\n  syscall: false'));
    assert.match(plan.hooks[0]?.refused ?? '', /has no function no_such_function/);
    bench.close();
  });
});

describe('processes', () => {
  it('exec and exit are told with binary, arguments, directory, parent and status', (t) => {
    const bench = openBench();
    t.after(() => bench.close());
    run('sh', ['-c', `cd ${PLACE} && /bin/sh -c 'exit 42' "a b" c; true`]);
    bench.runtime.drain();
    const exec = bench.events.find(
      (e) => e.process_exec?.process.arguments?.includes('exit 42') && e.process_exec.process.cwd === PLACE,
    )?.process_exec;
    assert.equal(exec?.process.arguments, `-c "exit 42" "a b" c`);
    assert.match(exec?.process.binary ?? '', /\/(da)?sh$/);
    assert.equal(exec?.process.uid, 0);
    assert.equal(exec?.parent?.exec_id, exec?.process.parent_exec_id);
    const exit = bench.events.find(
      (e) => e.process_exit?.process.exec_id === exec?.process.exec_id,
    )?.process_exit;
    assert.equal(exit?.status, 42);
  });
});
