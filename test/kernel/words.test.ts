// SPDX-License-Identifier: Apache-2.0
/** Words of the language that no other test here puts to the kernel: each lets one call through and holds another back. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { hookPartOf } from '../../src/model/event.ts';
import { python } from './python.ts';
import { type Bench, openBench, PLACE, put, run } from './runtime-fixture.ts';

const ONE = join(PLACE, 'words-one');
const OTHER = join(PLACE, 'words-other');
const DIRECTORY = join(PLACE, 'words-directory');
const INIT_MODULE = 175;

describe('further words of the language', () => {
  let bench: Bench;
  before(() => {
    bench = openBench();
    for (const file of [ONE, OTHER]) writeFileSync(file, 'some bytes');
    mkdirSync(DIRECTORY, { recursive: true });
  });
  after(() => bench.close());

  /** The arguments told of each call of the policy since it was put. */
  const told = () => bench.taken('probe').map((event) => hookPartOf(event)?.args ?? []);
  const part = (value: unknown, name: string) => (value as Record<string, unknown> | undefined)?.[name];
  const arg = (index: number, type: string) => ({ index, type });
  const filter = (operator: string, ...values: string[]) => [{ matchArgs: [{ index: 0, operator, values }] }];
  const code = (text: string) => python('-c', `import ctypes, os, socket\n${text}`);

  it('fd: the file behind a descriptor', () => {
    const args = [arg(0, 'fd')];
    put(bench, { kprobes: [{ call: 'sys_fchmod', syscall: true, args, selectors: filter('Equal', ONE) }] });
    for (const file of [ONE, OTHER]) code(`os.fchmod(os.open('${file}', os.O_RDONLY), 0o600)`);
    assert.deepEqual(
      told().map(([fd]) => part(fd?.file_arg, 'path')),
      [ONE],
    );
  });

  it("filename: the kernel's own copy of a name", () => {
    const args = [arg(1, 'filename')];
    const selectors = [{ matchArgs: [{ index: 1, operator: 'Postfix', values: ['words-one'] }] }];
    put(bench, { kprobes: [{ call: 'do_filp_open', syscall: false, args, selectors }] });
    for (const file of [ONE, OTHER]) code(`os.open('${file}', os.O_RDONLY)`);
    assert.deepEqual(
      told().map(([name]) => name?.string_arg),
      [ONE],
    );
  });

  it('kernel_cap_t: a set of capabilities', () => {
    const args = [arg(3, 'kernel_cap_t')];
    put(bench, { kprobes: [{ call: 'security_capset', syscall: false, args }] });
    code(`import struct
head, data = struct.pack('II', 0x20080522, 0), struct.pack('IIIIII', 0, 1 << 13, 1 << 13, 0, 0, 0)
ctypes.CDLL(None).capset(head, data)`);
    assert.deepEqual(
      told().map(([set]) => set?.kernel_cap_t_arg),
      ['0000000000002000'],
    );
  });

  it('load_info: what is about to be loaded as a module', (t) => {
    const plan = bench.plan(
      JSON.stringify({
        apiVersion: 'cilium.io/v1alpha1',
        kind: 'TracingPolicy',
        metadata: { name: 'probe' },
        spec: { kprobes: [{ call: 'load_module', syscall: false, args: [arg(0, 'load_info')] }] },
      }),
    );
    const refused = plan.hooks[0]?.refused;
    if (refused !== undefined) return t.skip(refused);
    put(bench, { kprobes: [{ call: 'load_module', syscall: false, args: [arg(0, 'load_info')] }] });
    code(`b = ctypes.create_string_buffer(b'not a module'.ljust(4096, b' '), 4096)
ctypes.CDLL(None).syscall(${INIT_MODULE}, b, 4096, b'')`);
    assert.equal(told().length, 1);
  });

  it('NotSportPriv and DPortPriv: ports below 1024', () => {
    const args = [arg(0, 'sock')];
    const selectors = [
      {
        matchArgs: [
          { index: 0, operator: 'NotSportPriv', values: ['0'] },
          { index: 0, operator: 'DPortPriv', values: ['0'] },
        ],
      },
    ];
    put(bench, { kprobes: [{ call: 'tcp_connect', syscall: false, args, selectors }] });
    for (const port of [1023, 1024])
      code(`s = socket.socket()\ntry: s.connect(('127.0.0.1', ${port}))\nexcept OSError: pass`);
    assert.deepEqual(
      told().map(([sock]) => part(sock?.sock_arg, 'dport')),
      [1023],
    );
  });

  it('InRange and NotInRange', () => {
    const seek = (operator: string) => [{ matchArgs: [{ index: 1, operator, values: ['100:200', '5:5'] }] }];
    for (const [operator, expected] of [
      ['InRange', [100, 200, 5]],
      ['NotInRange', [99, 201, 4]],
    ] as const) {
      const args = [arg(0, 'int'), arg(1, 'int64')];
      const only = { matchPIDs: [{ operator: 'In', followForks: true, values: [process.pid] }] };
      const selectors = seek(operator).map((s) => ({ ...s, ...only }));
      put(bench, { kprobes: [{ call: 'sys_lseek', syscall: true, args, selectors }] });
      python('-c', 'import os'); // the server is a child of this process
      code(`f = os.open('${ONE}', os.O_RDONLY)
for at in 99, 100, 200, 201, 5, 4: os.lseek(f, at, 0)`);
      const offsets = told().map(([, offset]) => Number(offset?.long_arg));
      assert.deepEqual(
        offsets.filter((o) => [99, 100, 200, 201, 5, 4].includes(o)),
        expected,
        operator,
      );
    }
  });

  it('NotFileType: what is no directory', () => {
    const args = [arg(0, 'file')];
    const selectors = [
      {
        matchArgs: [
          { index: 0, operator: 'NotFileType', values: ['dir'] },
          { index: 0, operator: 'Prefix', values: [join(PLACE, 'words-')] },
        ],
      },
    ];
    put(bench, { kprobes: [{ call: 'security_file_open', syscall: false, args, selectors }] });
    for (const file of [DIRECTORY, ONE]) code(`os.open('${file}', os.O_RDONLY)`);
    assert.deepEqual(
      told().map(([file]) => part(file?.file_arg, 'path')),
      [ONE],
    );
  });

  it('Signal: another one than SIGKILL; CleanupEnforcerNotification: nothing', () => {
    const args = [arg(0, 'string')];
    const selectors = [
      {
        matchArgs: [{ index: 0, operator: 'Equal', values: [ONE] }],
        matchActions: [{ action: 'Signal', argSig: 10 }, { action: 'CleanupEnforcerNotification' }],
      },
    ];
    put(bench, { kprobes: [{ call: 'sys_rmdir', syscall: true, args, selectors }] });
    const removes = (path: string) => code(`try: os.rmdir('${path}')\nexcept OSError: pass`);
    assert.equal(removes(OTHER).signal, null);
    assert.equal(removes(ONE).signal, 'SIGUSR1');
    assert.equal(told().length, 1);
  });

  it('isNamespacePID: the number a process has in its own namespace', () => {
    const selectors = [{ matchPIDs: [{ operator: 'In', isNamespacePID: true, values: [1] }] }];
    put(bench, { kprobes: [{ call: 'sys_chroot', syscall: true, args: [arg(0, 'string')], selectors }] });
    run('unshare', ['--pid', '--fork', 'chroot', '/', '/bin/true']);
    run('chroot', ['/', '/bin/true']);
    assert.equal(told().length, 1);
  });

  it('isNamespaceCapability: only outside of the initial user namespace', () => {
    const selectors = [
      {
        matchCapabilities: [
          { type: 'Effective', operator: 'In', isNamespaceCapability: true, values: ['CAP_SYS_ADMIN'] },
        ],
      },
    ];
    put(bench, { kprobes: [{ call: 'sys_chroot', syscall: true, args: [arg(0, 'string')], selectors }] });
    run('unshare', ['--user', '--map-root-user', 'chroot', '/', '/bin/true']);
    run('chroot', ['/', '/bin/true']);
    assert.equal(told().length, 1);
  });
});
