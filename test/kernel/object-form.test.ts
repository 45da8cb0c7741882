// SPDX-License-Identifier: Apache-2.0
/** Policies that mean the file itself: whatever a call names it by is denied, and what the same policy on text lets through. */
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { callFamily, FORBIDDEN } from './family-policies.ts';
import { python } from './python.ts';
import { type Bench, openBench, PLACE, run } from './runtime-fixture.ts';

const DIR = join(PLACE, 'objects');
const SECRET = join(DIR, 'secret');
const PROGRAM = join(PLACE, 'object-form.py');
/** leads to DIR */
const LINK = join(PLACE, 'objects-link');

/**
 * Makes one call on the file by each spelling of it, told a line each: the spelling, and the errno, or `done` where the file shows
 * the effect. What a call needs is put there before, by another call or name than the policy's.
 */
const TEXT = `
import errno, os, sys
call, D, link = sys.argv[1:4]
S, other = D + '/secret', D + '/other'
def clear(p):
    try: os.rmdir(p) if os.path.isdir(p) and not os.path.islink(p) else os.unlink(p)
    except FileNotFoundError: pass
def there():
    os.path.lexists(S) or os.close(os.open(S, os.O_CREAT | os.O_WRONLY, 0o600))
    if os.stat(S).st_mode & 0o777 != 0o600: os.chmod(S, 0o600)
def none(): clear(S)
def folder(): os.path.isdir(S) or os.mkdir(S)
def opened(p, d=None, flags=os.O_RDONLY): os.close(os.open(p, flags, 0o600, dir_fd=d))
def by_handle(p, d=None):
    fd = os.open(p, os.O_PATH, dir_fd=d); name = '/proc/self/fd/%d' % fd
    try: os.truncate(name, 3) if call == 'truncate' else os.chmod(name, 0o640)
    finally: os.close(fd)
def ran(p, d=None):
    pid = os.fork()
    if not pid:
        try: os.execve(p, ['x'], {})
        except OSError as e: os._exit(e.errno)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if status: raise OSError(status, '')
def program():
    if not os.path.exists(S):
        import shutil; shutil.copy('/bin/true', S)
calls = {
  'open': (there, opened, lambda: True),
  'create': (none, lambda p, d=None: opened(p, d, os.O_CREAT | os.O_WRONLY), lambda: os.path.exists(S)),
  'unlink': (there, lambda p, d=None: os.unlink(p, dir_fd=d), lambda: not os.path.lexists(S)),
  'rmdir': (folder, lambda p, d=None: os.rmdir(p, dir_fd=d), lambda: not os.path.lexists(S)),
  'mkdir': (none, lambda p, d=None: os.mkdir(p, dir_fd=d), lambda: os.path.isdir(S)),
  'mknod': (none, lambda p, d=None: os.mknod(p, 0o100600, dir_fd=d), lambda: os.path.exists(S)),
  'symlink': (none, lambda p, d=None: os.symlink('/etc/hosts', p, dir_fd=d), lambda: os.path.islink(S)),
  'rename': (there, lambda p, d=None: os.rename(p, other, src_dir_fd=d), lambda: os.path.exists(other)),
  'rename-to': (none, lambda p, d=None: os.rename(other, p, dst_dir_fd=d), lambda: os.path.exists(S)),
  'link': (there, lambda p, d=None: os.link(p, other, src_dir_fd=d), lambda: os.path.exists(other)),
  'chmod': (there, lambda p, d=None: os.chmod(p, 0o640, dir_fd=d), lambda: os.stat(S).st_mode & 0o777 == 0o640),
  'chown': (there, lambda p, d=None: os.chown(p, 7, 7, dir_fd=d), lambda: os.stat(S).st_uid == 7),
  'truncate': (there, lambda p, d=None: os.truncate(p, 3), lambda: os.stat(S).st_size == 3),
  'exec': (program, ran, lambda: True),
}
before, act, effect = calls[call]
def in_folder(f):
    def g():
        os.chdir(D)
        try: f()
        finally: os.chdir('/')
    return g
def at(f):
    def g():
        d = os.open(D, os.O_RDONLY | os.O_DIRECTORY)
        try: f(d)
        finally: os.close(d)
    return g
def rooted():
    pid = os.fork()
    if not pid:
        try:
            os.chroot(D); os.chdir('/'); global other; other = '/other'; act('/secret')
        except OSError as e: os._exit(e.errno)
        os._exit(0)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if status: raise OSError(status, '')
ways = {
  'plain': lambda: act(S), 'relative': in_folder(lambda: act('secret')), 'dots': lambda: act(D + '/../objects/secret'),
  'slashes': lambda: act(D + '//.//secret'), 'root of proc': lambda: act('/proc/self/root' + S),
  'folder of proc': in_folder(lambda: act('/proc/self/cwd/secret')), 'linked folder': lambda: act(link + '/secret'), 'chroot': rooted,
}
if call not in ('truncate', 'exec'): ways['descriptor'] = at(lambda d: act('secret', d))
if call in ('chmod', 'truncate'): ways['descriptor of proc'] = lambda: by_handle(S)
def by_number(f):
    def g():
        fd = os.open(S, os.O_RDWR)
        try: f(fd)
        finally: os.close(fd)
    return g
if call == 'chmod': ways['fchmod'] = by_number(lambda fd: os.fchmod(fd, 0o640))
if call == 'chown': ways['fchown'] = by_number(lambda fd: os.fchown(fd, 7, 7))
if call == 'truncate': ways['ftruncate'] = by_number(lambda fd: os.ftruncate(fd, 3))
for name, way in ways.items():
    clear(other)
    if call == 'rename-to': os.close(os.open(other, os.O_CREAT | os.O_WRONLY, 0o600))
    if call == 'chown':
        there()
        if os.stat(S).st_uid: os.chown(S, 0, 0)
    if call == 'truncate':
        there()
        if os.stat(S).st_size: os.truncate(S, 0)
    before()
    try: way(); print(name + ':', 'done' if effect() else 'nothing')
    except OSError as e: print(name + ':', e.errno)
clear(other)
`;

interface Call {
  /** of the program */
  name: string;
  syscall: string;
  types: string[];
  index: number;
}

const AT = ['int', 'string'];

// biome-ignore format: a table is read in rows
const CALLS: readonly Call[] = [
  { name: 'open', syscall: 'sys_openat', types: [...AT, 'int', 'int'], index: 1 },
  { name: 'create', syscall: 'sys_open', types: ['string', 'int'], index: 0 },
  { name: 'unlink', syscall: 'sys_unlinkat', types: [...AT, 'int'], index: 1 },
  { name: 'rmdir', syscall: 'sys_rmdir', types: ['string'], index: 0 },
  { name: 'mkdir', syscall: 'sys_mkdirat', types: [...AT, 'int'], index: 1 },
  { name: 'mknod', syscall: 'sys_mknodat', types: [...AT, 'int', 'int'], index: 1 },
  { name: 'symlink', syscall: 'sys_symlinkat', types: ['string', 'int', 'string'], index: 2 },
  { name: 'rename', syscall: 'sys_renameat2', types: [...AT, ...AT, 'int'], index: 1 },
  { name: 'rename-to', syscall: 'sys_rename', types: ['string', 'string'], index: 1 },
  { name: 'link', syscall: 'sys_linkat', types: [...AT, ...AT, 'int'], index: 1 },
  { name: 'chmod', syscall: 'sys_fchmodat', types: [...AT, 'int'], index: 1 },
  { name: 'chown', syscall: 'sys_chown', types: ['string', 'int', 'int'], index: 0 },
  { name: 'truncate', syscall: 'sys_truncate', types: ['string', 'int64'], index: 0 },
  { name: 'exec', syscall: 'sys_execve', types: ['string'], index: 0 },
];

function policy(
  { syscall, types, index }: Omit<Call, 'name'>,
  form: string,
  values: string[],
  operator = 'Equal',
  more: object[] = [],
): string {
  const selector = {
    matchArgs: [{ index, operator, values }, ...more],
    matchActions: [{ action: 'Override', argError: -1 }],
  };
  const args = types.map((type, i) => ({ index: i, type }));
  return JSON.stringify({
    apiVersion: 'cilium.io/v1alpha1',
    kind: 'TracingPolicy',
    metadata: { name: 'object', annotations: { 'tracegate.io/match': form } },
    spec: { kprobes: [{ call: syscall, syscall: true, args, selectors: [selector] }] },
  });
}

function spelt(call: string): [string, string][] {
  const { out } = python(PROGRAM, call, DIR, LINK);
  return out.split('\n').map((line) => line.split(': ') as [string, string]);
}

let bench: Bench;
function begin(): void {
  bench = openBench();
  mkdirSync(DIR, { recursive: true });
  rmSync(LINK, { force: true });
  symlinkSync(DIR, LINK);
  writeFileSync(PROGRAM, TEXT);
}
const end = () => bench.close();

const callNamed = (name: string) => CALLS.find((call) => call.name === name) as Call;

/** What the call needs, so that the program need not make it: the kernel lets go of the policy before this one in its own time. */
function lay(name: string): void {
  rmSync(SECRET, { force: true, recursive: true });
  if (name === 'rmdir') mkdirSync(SECRET);
  else if (name === 'exec') copyFileSync('/bin/true', SECRET);
  else if (!['create', 'mkdir', 'mknod', 'symlink', 'rename-to'].includes(name))
    writeFileSync(SECRET, '', { mode: 0o600 });
}

/** The spellings that are denied once the policy before this one is gone. */
function deniedAtLast(name: string): string[] {
  for (let tries = 0; ; tries++) {
    const ways = denied(spelt(name));
    if (ways.length === 0 || tries === 9) return ways;
  }
}

function denied(ways: [string, string][]): string[] {
  return ways.filter(([, errno]) => errno === '1').map(([way]) => way);
}

describe('a policy on the file itself', () => {
  before(begin);
  after(end);

  for (const call of CALLS) {
    it(`denies ${call.syscall} by argument ${call.index} (${call.name}) by every spelling, with one event each`, () => {
      lay(call.name);
      const [hook] = bench.load(policy(call, 'object', [SECRET])).hooks;
      assert.deepEqual(
        [hook?.refused, hook?.guarantee, hook?.racy, hook?.form],
        [undefined, 'denied-before-effect', false, 'object'],
      );
      bench.taken('object');
      const ways = spelt(call.name);
      assert.ok(ways.length >= 8, JSON.stringify(ways));
      assert.deepEqual(
        ways,
        ways.map(([way]) => [way, '1']),
      );
      const events = bench.taken('object');
      assert.equal(events.length, ways.length);
      const shown = events.map((e) => JSON.stringify(e.process_kprobe?.args?.[call.index]));
      assert.deepEqual([...new Set(shown)], [JSON.stringify({ string_arg: SECRET })]);
      assert.ok(events.every((e) => e.tracegate?.denied === true));
    });
  }

  for (const name of ['open', 'unlink', 'rename']) {
    it(`lets every other spelling of ${name} pass where it is on text, and says so`, () => {
      writeFileSync(SECRET, '', { mode: 0o600 });
      const [hook] = bench.load(policy(callNamed(name), 'text', [SECRET])).hooks;
      assert.equal(hook?.form, 'text');
      assert.match(hook?.passes ?? '', /tracegate\.io\/match: "object"/);
      const ways = spelt(name);
      assert.deepEqual(denied(ways), ['plain'], JSON.stringify(ways));
      assert.ok(
        ways.every(([way, end]) => way === 'plain' || end === 'done'),
        JSON.stringify(ways),
      );
    });
  }

  it('leaves neighbours alone: longer names, the same name elsewhere', () => {
    bench.load(policy(callNamed('unlink'), 'object', [`${SECRET}2`, join(PLACE, 'secret'), '/secret']));
    assert.deepEqual(deniedAtLast('unlink'), []);
  });

  it('means what a value leads to, where a link is on its way', () => {
    rmSync(SECRET, { force: true, recursive: true });
    bench.load(policy(callNamed('mkdir'), 'object', [join(LINK, 'secret')]));
    const ways = spelt('mkdir');
    assert.equal(denied(ways).length, ways.length, JSON.stringify(ways));
  });

  for (const [operator, value] of [
    ['Prefix', `${LINK}/se`],
    ['Postfix', '/objects/secret'],
  ] as const) {
    it(`holds with ${operator}`, () => {
      rmSync(SECRET, { force: true, recursive: true });
      bench.load(policy(callNamed('create'), 'object', [value], operator));
      const ways = spelt('create');
      assert.equal(denied(ways).length, ways.length, JSON.stringify(ways));
      assert.deepEqual(
        bench.load(policy(callNamed('create'), 'object', [`${value}t2`], operator)).hooks[0]?.refused,
        undefined,
      );
      assert.deepEqual(deniedAtLast('create'), []);
    });
  }

  it('tells by the flags of an open, whichever door they came by', () => {
    writeFileSync(SECRET, '', { mode: 0o600 });
    const writes = [{ index: 2, operator: 'Mask', values: ['3'] }];
    const [hook] = bench.load(policy(callNamed('open'), 'object', [SECRET], 'Equal', writes)).hooks;
    assert.match(hook?.passes ?? '', /may leave it there, empty/);
    assert.deepEqual(deniedAtLast('open'), []);
    rmSync(SECRET);
    const ways = spelt('create');
    assert.equal(denied(ways).length, ways.length, JSON.stringify(ways));
  });

  const families: [string, Omit<Call, 'name'>][] = [
    ['unlink', callNamed('unlink')],
    ['rename-from', callNamed('rename')],
    ['create', callNamed('create')],
    ['chmod', callNamed('chmod')],
    ['truncate', callNamed('truncate')],
    ['umount', { syscall: 'sys_umount', types: ['string', 'int'], index: 0 }],
    ['execve', { syscall: 'sys_execveat', types: AT, index: 1 }],
  ];
  for (const [family, call] of families) {
    it(`holds at every door of ${family}: 32-bit ones, io_uring and its workers`, () => {
      bench.load(policy(call, 'object', [FORBIDDEN]));
      const doors = callFamily('doors', family);
      assert.deepEqual(
        doors,
        doors.map(([door]) => [door, '1', 'none']),
      );
    });
  }

  it('denies what is mounted on a folder by every spelling of that, and nothing beside it', () => {
    const call = { syscall: 'sys_mount', types: ['string', 'string', 'string', 'uint64'], index: 1 };
    const beside = `${DIR}-beside`;
    mkdirSync(beside, { recursive: true });
    bench.load(policy(call, 'object', [DIR]));
    bench.taken('object');
    const mount = (at: string) => run('mount', ['-n', '-i', '-t', 'tmpfs', 'none', at]).status;
    const places = [DIR, `${DIR}/../objects`, LINK, `/proc/self/root${DIR}`];
    assert.deepEqual(
      places.map((at) => mount(at) === 0),
      places.map(() => false),
    );
    assert.equal(mount(beside), 0);
    run('umount', [beside]);
    assert.equal(bench.taken('object').length, places.length);
  });
});
