// SPDX-License-Identifier: Apache-2.0
/** Values that lie behind an argument, in the running task or in a register: what events tell, and what filters see. */
import assert from 'node:assert/strict';
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { hookPartOf } from '../../src/model/event.ts';
import { python } from './python.ts';
import { type Bench, callsProgram, openBench, PLACE, put, run } from './runtime-fixture.ts';

const FILE = join(PLACE, 'resolve-file');
const EPERM = 1;

describe('values behind an argument', () => {
  let bench: Bench;
  before(() => {
    bench = openBench();
    writeFileSync(FILE, 'some bytes');
  });
  after(() => bench.close());

  const parts = () => bench.taken('probe').map(hookPartOf);
  const openFile = () => run('cat', [FILE]);
  const args = (...paths: [string, string][]) =>
    paths.map(([resolve, type]) => ({ index: 0, type, resolve }));
  const reads = (index: number, value: string) => [
    { matchArgs: [{ index, operator: 'Equal', values: [value] }] },
  ];

  it('are read along pointers, structures in structures and arrays, and filtered on', () => {
    put(bench, {
      kprobes: [
        {
          ...{ call: 'security_file_open', syscall: false },
          args: args(
            ['f_path.dentry.d_name.name', 'string'],
            ['f_inode.i_ino', 'uint64'],
            ['f_path', 'path'],
            ['f_inode.i_sb.s_type.name', 'string'],
            ['f_path.dentry.d_name.name[0]', 'uint8'],
          ),
          selectors: reads(0, 'resolve-file'),
        },
      ],
    });
    openFile();
    const [event, ...more] = parts();
    assert.equal(more.length, 0);
    assert.deepEqual(event?.args?.slice(0, 2), [
      { string_arg: 'resolve-file' },
      { size_arg: String(statSync(FILE).ino) },
    ]);
    assert.equal((event?.args?.[2]?.path_arg as { path: string } | undefined)?.path, FILE);
    assert.deepEqual(event?.args?.slice(3), [{ string_arg: 'tmpfs' }, { uint_arg: 'r'.charCodeAt(0) }]);
  });

  it('are read behind a pointer to a pointer, which no program may load from its context', () => {
    put(bench, {
      kprobes: [
        {
          ...{ call: '__sock_create', syscall: false, return: true, returnArg: { index: 0, type: 'int' } },
          args: [
            { index: 1, type: 'int' },
            { index: 2, type: 'int' },
            { index: 4, type: 'int16', resolve: 'type' },
          ],
        },
      ],
    });
    python('-c', 'import socket as s; s.socket(s.AF_UNIX, s.SOCK_DGRAM); s.socket(s.AF_UNIX)');
    const told = parts().filter((p) => p?.process.binary?.includes('python'));
    assert.deepEqual(
      told.map((p) => p?.args?.map((arg) => Object.values(arg)[0])),
      [
        [1, 2, 2],
        [1, 1, 1],
      ],
    );
  });

  it('deny in an LSM hook, and leave others alone', () => {
    put(bench, {
      lsmhooks: [
        {
          hook: 'file_open',
          args: [
            { index: 0, type: 'uint64', resolve: 'f_inode.i_ino' },
            {
              index: 0,
              type: 'string',
              resolve: 'mm.exe_file.f_path.dentry.d_name.name',
              source: 'current_task',
            },
          ],
          selectors: [
            {
              matchArgs: [{ index: 0, operator: 'Equal', values: [String(statSync(FILE).ino)] }],
              matchActions: [{ action: 'Override', argError: -EPERM }],
            },
          ],
        },
      ],
    });
    assert.match(openFile().out, /not permitted/);
    assert.equal(run('cat', ['/dev/null']).status, 0);
    const [event] = parts();
    assert.deepEqual(event?.args?.[1], { string_arg: 'cat' });
    assert.equal(event?.action, 'KPROBE_ACTION_OVERRIDE');
  });

  it('that cannot be reached are an error that no filter matches; what the kernel does not have is refused', () => {
    const named = { index: 0, type: 'string', resolve: 'f_path.dentry.d_name.name' };
    // no pipe is behind a file
    const nowhere = { index: 0, type: 'uint32', resolve: 'f_inode.i_pipe.head', btfType: 'file' };
    const matchArgs = [{ index: 0, operator: 'Equal', values: ['resolve-file'] }];
    put(bench, {
      kprobes: [
        { call: 'security_file_open', syscall: false, args: [named, nowhere], selectors: [{ matchArgs }] },
      ],
    });
    openFile();
    assert.deepEqual(
      parts().map((p) => p?.args?.[1]),
      [{ error_arg: { Message: 'Bad address encountered during resolve dereference at depth 3' } }],
    );
    const never = [{ matchArgs: [{ index: 0, operator: 'NotEqual', values: ['77'] }] }];
    put(bench, {
      kprobes: [{ call: 'security_file_open', syscall: false, args: [nowhere, named], selectors: never }],
    });
    openFile();
    assert.deepEqual(
      parts().filter((p) => p?.args?.[1]?.string_arg === 'resolve-file'),
      [],
    );
    const refused = (resolve: string, type = 'int') => {
      const args = [{ index: 0, type, resolve }];
      const spec = { kprobes: [{ call: 'security_file_open', syscall: false, args }] };
      return String(bench.plan(policy(spec)).hooks[0]?.refused);
    };
    assert.match(refused('f_path.dentri'), /has no member dentri: did you mean "dentry"\?/);
    assert.match(refused('f_path'), /is `struct path`, not int: name a member of it \(mnt, dentry\)/);
    assert.match(refused('f_path.dentry', 'file'), /is `struct dentry \*`, not a file/);
    assert.match(refused('private_data.x'), /void: name a structure by btfType/);
  });

  it('of the running task and its registers stand in data, and matchData sees them', () => {
    const data = [
      { index: 0, type: 'int', source: 'current_task', resolve: 'tgid' },
      { index: 0, type: 'string', source: 'current_task', resolve: 'comm' },
      { index: 0, type: 'uint32', source: 'current_task', resolve: 'cred.uid.val', label: 'uid' },
      { index: 0, type: 'string', source: 'pt_regs', resolve: 'rdi' },
    ];
    const selectors = [{ matchData: [{ index: 1, operator: 'Equal', values: ['ln'] }] }];
    put(bench, {
      kprobes: [
        { call: 'sys_symlinkat', syscall: true, args: [{ index: 2, type: 'string' }], data, selectors },
      ],
    });
    run('ln', ['-sf', 'resolve-target', join(PLACE, 'resolve-link')]);
    python('-c', `import os; os.symlink('other', '${PLACE}/resolve-other-${process.pid}')`);
    const events = parts();
    const event = events.find((e) => JSON.stringify(e?.args).includes('resolve-link'));
    assert.ok(event && 'data' in event);
    const [tgid, ...rest] = event.data ?? [];
    assert.equal(tgid?.int_arg, event.process.pid);
    assert.deepEqual(rest, [
      { string_arg: 'ln' },
      { uint_arg: 0, label: 'uid' },
      { string_arg: 'resolve-target' },
    ]);
    assert.equal(events.filter((e) => JSON.stringify(e?.args).includes('resolve-other')).length, 0);
  });

  it('of a stopped program are in its registers', () => {
    const program = callsProgram();
    put(bench, {
      uprobes: [
        {
          ...{ path: program, symbols: ['main'], args: [{ index: 0, type: 'int' }] },
          data: [
            { index: 0, type: 'uint32', source: 'pt_regs', resolve: 'edi' },
            { index: 0, type: 'uint64', source: 'pt_regs', resolve: 'rip' },
            { index: 0, type: 'string', source: 'current_task', resolve: 'comm' },
          ],
        },
      ],
    });
    run(program, []);
    const [event] = parts();
    assert.ok(event && 'data' in event);
    assert.deepEqual(event.data?.[0], { uint_arg: 1 });
    assert.ok(BigInt(String(event.data?.[1]?.size_arg)) > 0x1000n);
    assert.deepEqual(event.data?.[2], { string_arg: 'calls' });
  });
});

const policy = (spec: object) =>
  JSON.stringify({
    ...{ apiVersion: 'cilium.io/v1alpha1', kind: 'TracingPolicy', metadata: { name: 'probe' } },
    spec,
  });
