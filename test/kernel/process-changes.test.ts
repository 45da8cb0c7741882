// SPDX-License-Identifier: Apache-2.0
/** Filters on what a process has changed of itself: its namespaces and its capabilities, against what it began with. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { python } from './python.ts';
import { type Bench, openBench, PLACE, put } from './runtime-fixture.ts';

const LET_GO_MS = 2000;
const PROGRAM = join(PLACE, 'process-changes.py');
const LINK = join(PLACE, 'process-changes-link');

/**
 * A process each for the arguments behind the first, doing its steps one after the other; `call` makes a symlink named by the
 * first argument and the process's number, `exec` goes on in another run of the program. `-`: the steps come line by line.
 */
const TEXT = `
import ctypes, os, struct, sys
libc = ctypes.CDLL(None, use_errno=True)
ALL = 0x1ffffffffff
def capset(effective):
    data = struct.pack('6I', effective & 0xffffffff, ALL & 0xffffffff, 0, effective >> 32, ALL >> 32, 0)
    if libc.capset(struct.pack('II', 0x20080522, 0), data): raise OSError(ctypes.get_errno(), 'capset')
KINDS = {'Mnt': 0x20000, 'Uts': 0x04000000, 'Ipc': 0x08000000, 'User': 0x10000000, 'Net': 0x40000000}
def call(link):
    try: os.symlink('process-changes', link)
    except PermissionError: print('denied ' + link[len(sys.argv[1]):])
    else: os.unlink(link)
def take(steps, link):
    while steps:
        step = steps.pop(0)
        if step == 'call': call(link)
        elif step == 'open': os.close(os.open('/dev/shm', 0))
        elif step == 'exec': os.execv(sys.executable, [sys.executable, sys.argv[0], sys.argv[1], '+' + link, *steps])
        elif step.startswith('without:'): capset(ALL & ~(1 << int(step[8:])))
        elif libc.unshare(KINDS[step]): raise OSError(ctypes.get_errno(), step)
    sys.stdout.flush()
if sys.argv[2] == '-':
    for line in sys.stdin:
        take(line.split(), sys.argv[1] + 'old')
        print('done', flush=True)
elif sys.argv[2].startswith('+'): take(sys.argv[3:], sys.argv[2][1:])
else:
    for at, steps in enumerate(sys.argv[2:]):
        if os.fork():
            if os.wait()[1]: print('failed: ' + steps)
            continue
        take(steps.split(), sys.argv[1] + str(at))
        os._exit(0)
`;

const CHROOT = 18;
const WAKE_ALARM = 35;

describe('filters on what a process has changed', () => {
  let bench: Bench;
  before(() => {
    bench = openBench();
    writeFileSync(PROGRAM, TEXT);
  });
  after(() => bench.close());

  const moved = (operator: string, ...values: string[]) => ({
    matchNamespaceChanges: [{ operator, values }],
  });
  const changed = (operator: string, values: string[], isNamespaceCapability = false) => ({
    matchCapabilityChanges: [{ type: 'Effective', operator, values, isNamespaceCapability }],
  });
  const hook = (selector: object, message: string) => ({
    ...{ call: 'sys_symlinkat', message, args: [0, 2].map((index) => ({ index, type: 'string' })) },
    selectors: [{ matchArgs: [{ index: 0, operator: 'Equal', values: ['process-changes'] }], ...selector }],
  });
  const putAll = (filters: Record<string, object>) =>
    void put(bench, { kprobes: Object.entries(filters).map(([message, filter]) => hook(filter, message)) });
  /** The numbers of the processes that each hook told of, once per event. */
  const told = () => {
    const seen: Record<string, string[]> = {};
    for (const { process_kprobe: e } of bench.taken('probe')) {
      const of = e?.message ?? '';
      seen[of] = [...(seen[of] ?? []), String(e?.args?.[1]?.string_arg).slice(LINK.length)];
    }
    return seen;
  };
  const done = (...steps: string[]) => python(PROGRAM, LINK, ...steps).out;

  it('tell each change of a namespace once, and another one again; an exec is a new beginning', () => {
    putAll({ net: moved('In', 'net', 'Ipc'), other: moved('NotIn', 'Net'), user: moved('In', 'User') });
    const out = done(
      ...['call', 'Net call call', 'Uts call call', 'Net call Net call Uts call', 'Net exec call'],
      ...['Net exec call Ipc call', 'User call'],
    );
    assert.equal(out, '');
    assert.deepEqual(told(), {
      net: ['1', '3', '3', '5'],
      other: ['2', '3', '5', '6'],
      user: ['6'],
    });
  });

  it('tell of capabilities gained or lost, of others than those named, and of user namespaces only', () => {
    putAll({
      chroot: changed('In', ['CAP_SYS_CHROOT', 'CAP_SYSLOG']),
      other: changed('NotIn', ['CAP_SYS_CHROOT']),
      outside: changed('In', ['CAP_SYS_CHROOT'], true),
    });
    const out = done(
      ...['call', `without:${CHROOT} call call without:64 call`, `without:${WAKE_ALARM} call call`],
      `without:${CHROOT} User call`,
      `User without:${CHROOT} call`,
    );
    assert.equal(out, '');
    assert.deepEqual(told(), { chroot: ['1', '1', '4'], other: ['2'], outside: ['4'] });
  });

  it('compare a process that is older than the policy with what it is when it is first looked at', async () => {
    bench.runtime.unload('probe');
    // the kernel lets go of the programs that see an exec in its own time, and does not say when
    await sleep(LET_GO_MS);
    const old = spawn('python3', [PROGRAM, LINK, '-'], { stdio: ['pipe', 'pipe', 'inherit'] });
    const line = async (steps: string) => {
      old.stdin.write(`${steps}\n`);
      const [said] = await once(old.stdout, 'data');
      assert.equal(String(said), 'done\n');
    };
    await line('Ipc');
    putAll({ any: moved('In', 'Ipc', 'Net') });
    await line('call');
    assert.deepEqual(told(), {});
    await line('Net call call');
    assert.deepEqual(told(), { any: ['old'] });
    old.stdin.end();
    await once(old, 'close');
  });

  it('look at each descriptor that is handed out', () => {
    const args = [
      { index: 0, type: 'int' },
      { index: 1, type: 'file' },
    ];
    const selectors = [changed('In', ['CAP_SYS_ADMIN', 'CAP_NET_RAW'], true)];
    put(bench, { kprobes: [{ call: 'fd_install', syscall: false, args, selectors }] });
    assert.equal(done('open', 'without:13 open', 'User without:13 open open', 'User without:18 open'), '');
    const paths = bench
      .taken('probe')
      .map((e) => (e.process_kprobe?.args?.[1]?.file_arg as { path?: string })?.path);
    assert.deepEqual(paths, ['/dev/shm']);
  });

  it('deny each time, not only the first', () => {
    const matchActions = [{ action: 'Override', argError: -1 }];
    putAll({ deny: { ...moved('In', 'Net'), matchActions } });
    assert.equal(done('call', 'Net call call', 'Uts call'), 'denied 1\ndenied 1');
    assert.deepEqual(told(), { deny: ['1', '1'] });
  });
});
