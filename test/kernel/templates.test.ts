// SPDX-License-Identifier: Apache-2.0
/** What the templates write, turned to enforce: the forbidden act fails, the one beside it works. */
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { expand } from '../../src/cli/templates/expand.ts';
import { parametersOf } from '../../src/cli/templates/parameters.ts';
import { templateOf } from '../../src/cli/templates/template.ts';
import { python } from './python.ts';
import { type Bench, openBench, PLACE, run } from './runtime-fixture.ts';

const DIR = join(PLACE, 'templates');
const FOLDER = join(DIR, 'folder');
/** a program that is excepted, and the file that it and others act on */
const COPIER = join(DIR, 'copier');
const SECRET = join(DIR, 'secret');
const OTHER = join(DIR, 'other');
const MISSING = join(DIR, 'missing');
const CONTAINER = `/sys/fs/cgroup/docker-${'0123456789abcdef'.repeat(4)}.scope`;

/** Does each act that is asked for and prints its errno, 0 where it worked; what an act needs is made before, by the fork's parent. */
const ACTS = `
import ctypes, errno, os, socket, sys
D = '${DIR}'; S = D + '/secret'; O = D + '/other'; F = D + '/folder'; M = D + '/missing'; N = (F + '/n1', F + '/at/n1', M, D + '/n1')
libc = ctypes.CDLL(None, use_errno=True)
def sys_call(*args):
    if libc.syscall(*args) < 0: raise OSError(ctypes.get_errno(), '')
def opened(p, flags): os.close(os.open(p, flags))
def connected(a):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.connect((a, 99)); s.close()
def sent(a):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.sendto(b'x', (a, 99)); s.close()
def attached():
    pid = os.fork()
    if not pid:
        import time; time.sleep(9); os._exit(0)
    try: sys_call(101, 16, pid, 0, 0)
    finally: os.kill(pid, 9); os.waitpid(pid, 0)
def traced():
    pid = os.fork()
    if not pid: os._exit(1 if libc.ptrace(0, 0, 0, 0) else 0)
    if os.waitpid(pid, 0)[1]: raise OSError(1, '')
def made(p): opened(p, os.O_RDONLY | os.O_CREAT)
def made_by_openat2(p):
    how = (ctypes.c_uint64 * 3)(os.O_RDONLY | os.O_CREAT, 0o600, 0)
    sys_call(437, -100, p.encode(), how, 24)
def made_by_dirfd():
    os.chdir(F); d = os.open('.', os.O_RDONLY); os.close(os.open('n1', os.O_RDONLY | os.O_CREAT, dir_fd=d))
def tmpfile(p):
    f = os.open(p, os.O_RDWR | os.O_TMPFILE)
    sys_call(265, -100, ('/proc/self/fd/%d' % f).encode(), -100, (p + '/n1').encode(), 0x400)
def renamed(a, b): os.rename(a, b); os.rename(b, a)
def unprivileged(): os.setuid(65534); sys_call(272, 0x10000000)
def mounted():
    if libc.mount(b'none', (F + '/at').encode(), b'tmpfs', 0, None): raise OSError(ctypes.get_errno(), '')
    libc.umount(( F + '/at').encode())
acts = {
  'write': lambda: opened(S, os.O_WRONLY), 'write-inside': lambda: opened(F + '/in', os.O_RDWR), 'write-other': lambda: opened(O, os.O_WRONLY),
  'read': lambda: opened(S, os.O_RDONLY), 'read-other': lambda: opened(O, os.O_RDONLY), 'by-link': lambda: opened(D + '/way', os.O_WRONLY),
  'cut': lambda: os.truncate(S, 0), 'cut-other': lambda: os.truncate(O, 0),
  'unlink': lambda: os.unlink(S), 'rmdir': lambda: os.rmdir(F), 'rename': lambda: renamed(S, D + '/moved'), 'rename-folder': lambda: renamed(F, D + '/moved'),
  'replace': lambda: os.rename(D + '/third', S), 'rename-other': lambda: renamed(O, D + '/moved'),
  'chmod': lambda: os.chmod(S, 0o644), 'chown': lambda: os.chown(F + '/in', 7, 7), 'chmod-other': lambda: os.chmod(O, 0o644),
  'symlink': lambda: os.symlink(S, D + '/l1'), 'hardlink': lambda: os.link(S, D + '/l2'), 'hardlink-inside': lambda: os.link(F + '/in', D + '/l3'),
  'symlink-other': lambda: os.symlink(O, D + '/l4'), 'hardlink-other': lambda: os.link(O, D + '/l5'),
  'make': lambda: made(F + '/n1'), 'make-by-openat2': lambda: made_by_openat2(F + '/n1'), 'make-deep': lambda: made(F + '/at/n1'), 'make-missing': lambda: made(M),
  'mkdir-in': lambda: os.mkdir(F + '/n1'), 'mknod-in': lambda: os.mknod(F + '/n1'), 'fifo-in': lambda: os.mkfifo(F + '/n1'),
  'symlink-in': lambda: os.symlink(O, F + '/n1'), 'link-in': lambda: os.link(O, F + '/n1'), 'move-in': lambda: renamed(O, F + '/n1'),
  'tmpfile-in': lambda: tmpfile(F), 'make-by-dirfd': lambda: made_by_dirfd(),
  'make-other': lambda: made(D + '/n1'), 'mkdir-other': lambda: os.mkdir(D + '/n1'), 'symlink-in-other': lambda: os.symlink(S, D + '/n1'),
  'raw': lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1).close(), 'packet': lambda: socket.socket(17, socket.SOCK_DGRAM).close(),
  'tcp': lambda: socket.socket().close(), 'unix': lambda: socket.socket(socket.AF_UNIX).close(),
  'connect': lambda: connected('127.0.0.9'), 'send': lambda: sent('127.0.0.9'), 'connect-other': lambda: connected('127.0.0.1'),
  'connect-out': lambda: connected('192.0.2.1'), 'connect-in': lambda: connected('10.1.2.3'), 'send-out': lambda: sent('192.0.2.1'),
  'ptrace': attached, 'memory': lambda: opened('/proc/%d/mem' % os.getppid(), os.O_RDWR), 'traceme': traced, 'maps': lambda: opened('/proc/%d/maps' % os.getppid(), os.O_RDONLY),
  'user-namespace': unprivileged, 'user-namespace-root': lambda: sys_call(272, 0x10000000), 'net-namespace': lambda: sys_call(272, 0x40000000),
  'mount': mounted, 'module': lambda: sys_call(313, os.open('/etc/passwd', os.O_RDONLY), b'', 0), 'module-memory': lambda: sys_call(175, b'x' * 4096, 4096, b''),
}
for name in sys.argv[1:]:
    pid = os.fork()
    if not pid:
        try: acts[name]()
        except OSError as e: os._exit(e.errno)
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    # an errno is not enough: what is there afterwards was made all the same
    left = [n for n in N if os.path.lexists(n)]
    print(name, 0 if left else code)
    for n in left:
        if os.path.isdir(n) and not os.path.islink(n): os.rmdir(n)
        else: os.unlink(n)
    for n in ('l1', 'l2', 'l3', 'l4', 'l5'):
        try: os.unlink(D + '/' + n)
        except FileNotFoundError: pass
`;
/** EPERM, and EACCES, which the kernel makes of it where a file of /proc is opened */
const DENIED = [1, 13];
/** a kernel without modules */
const ENOSYS = 38;

/** A container's first instruction comes after it is in its cgroup. */
const inContainer = (command: string) =>
  run('sh', ['-c', `echo $$ > ${CONTAINER}/cgroup.procs && ${command}`]).status;

interface Case {
  template: string;
  parameters: Record<string, string>;
  /** by the acts above; what is forbidden must work, or fail for another reason, without the policy */
  forbidden: string[];
  permitted: string[];
  /** the forbidden act, done by a program that may */
  excepted?: () => number | null;
}

const PYTHON = python('-c', 'import os; print(os.readlink("/proc/self/exe"))').out;
const COPY = () => run(COPIER, [`if=${OTHER}`, `of=${SECRET}`, 'conv=notrunc']).status;

const CASES: Case[] = [
  {
    template: 'protect-files',
    parameters: { paths: `${SECRET},${FOLDER}/,${MISSING}`, except: COPIER },
    // what would take the file away, were it let through, comes last
    forbidden: [
      'write',
      'write-inside',
      'by-link',
      'cut',
      'make',
      'make-by-openat2',
      'make-by-dirfd',
      'make-deep',
      'make-missing',
      'mkdir-in',
      'mknod-in',
      'fifo-in',
      'symlink-in',
      'link-in',
      'move-in',
      'tmpfile-in',
      'rename',
      'rename-folder',
      'chmod',
      'chown',
      'replace',
      'rmdir',
      'unlink',
    ],
    permitted: [
      ...['read', 'write-other', 'cut-other', 'rename-other', 'chmod-other'],
      ...['make-other', 'mkdir-other', 'symlink-in-other'],
    ],
    excepted: COPY,
  },
  {
    template: 'allow-only-open',
    parameters: { paths: SECRET, programs: COPIER },
    forbidden: ['read', 'write', 'by-link'],
    permitted: ['read-other', 'write-other'],
    excepted: COPY,
  },
  {
    template: 'block-links',
    parameters: { paths: `${SECRET},${FOLDER}/` },
    forbidden: ['symlink', 'hardlink', 'hardlink-inside'],
    permitted: ['symlink-other', 'hardlink-other'],
  },
  {
    template: 'allow-only-connect',
    parameters: { networks: '127.0.0.9/32', programs: '/usr/bin/true' },
    forbidden: ['connect', 'send'],
    permitted: ['connect-other'],
  },
  {
    template: 'restrict-egress',
    parameters: { programs: PYTHON, networks: '10.0.0.0/8' },
    forbidden: ['connect-out', 'send-out'],
    permitted: ['connect', 'connect-in'],
  },
  {
    template: 'deny-raw-sockets',
    parameters: {},
    forbidden: ['raw', 'packet'],
    permitted: ['tcp', 'unix'],
  },
  {
    template: 'block-ptrace',
    parameters: {},
    forbidden: ['ptrace', 'memory'],
    permitted: ['traceme', 'maps'],
  },
  {
    template: 'restrict-namespaces',
    parameters: {},
    forbidden: ['user-namespace'],
    permitted: ['user-namespace-root', 'net-namespace'],
  },
  {
    template: 'restrict-mounts',
    parameters: { except: '/usr/bin/mount' },
    forbidden: ['mount'],
    permitted: ['read'],
    excepted: () => run('mount', ['-t', 'tmpfs', 'none', join(FOLDER, 'at')]).status,
  },
  {
    template: 'block-module-loads',
    parameters: {},
    forbidden: ['module', 'module-memory'],
    permitted: ['read'],
  },
];

function errnos(acts: string[]): Record<string, number> {
  const { out } = python('-c', ACTS, ...acts);
  const pairs = out
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split(' '));
  return Object.fromEntries(pairs.map(([name, errno]) => [name, Number(errno)]));
}

function makeFiles(): void {
  mkdirSync(join(FOLDER, 'at'), { recursive: true });
  for (const file of [SECRET, OTHER, join(DIR, 'third'), join(FOLDER, 'in')]) writeFileSync(file, 'x');
  run('ln', ['-sf', SECRET, join(DIR, 'way')]);
}

describe('the templates in enforce mode', () => {
  let bench: Bench;
  before(() => {
    mkdirSync(DIR, { recursive: true });
    mkdirSync(CONTAINER, { recursive: true });
    copyFileSync('/bin/dd', COPIER);
    bench = openBench();
  });
  after(() => bench.close());

  function enforce({ template, parameters }: Case): string[] {
    const of = templateOf(template);
    const given = Object.entries(parameters).map(([name, value]) => `${name}=${value}`);
    const text = expand(of.policy, parametersOf(of, given)).replaceAll('value: monitor', 'value: enforce');
    return text.split(/^---$/m).map((document) => {
      const { hooks, policy } = bench.load(document);
      assert.deepEqual(
        hooks.map((hook) => [hook.hook.call, hook.refused, hook.guarantee, hook.racy]),
        hooks.map((hook) => [hook.hook.call, undefined, 'denied-before-effect', false]),
      );
      return policy.name;
    });
  }

  for (const one of CASES)
    it(one.template, (t) => {
      const { forbidden, permitted, excepted } = one;
      const acts = [...forbidden, ...permitted];
      makeFiles();
      // without the policy; what takes things away last, so that the others have them
      const before = errnos([...permitted, ...forbidden]);
      const there = forbidden.filter((act) => ![...DENIED, ENOSYS].includes(before[act] as number));
      if (there.length < forbidden.length)
        t.diagnostic(`this kernel refuses by itself: ${forbidden.filter((act) => !there.includes(act))}`);
      assert.ok(there.length > 0 || one.template === 'block-module-loads', JSON.stringify(before));
      makeFiles();
      const names = enforce(one);
      try {
        const now = errnos(acts);
        const through = there.filter((act) => !DENIED.includes(now[act] as number));
        assert.deepEqual(through, [], JSON.stringify(now));
        for (const act of permitted) assert.equal(now[act], before[act], act);
        if (excepted) assert.equal(excepted(), 0, 'who may, can');
      } finally {
        for (const name of names) bench.runtime.unload(name);
        run('umount', ['-q', join(FOLDER, 'at')]);
      }
    });

  it('deny-package-managers', () => {
    makeFiles();
    const packager = join(DIR, 'apt-get');
    copyFileSync('/bin/true', packager);
    assert.equal(inContainer(packager), 0);
    const names = enforce({
      template: 'deny-package-managers',
      parameters: {},
      forbidden: [],
      permitted: [],
    });
    assert.equal(inContainer(`exec ${packager}`), 126);
    assert.equal(inContainer('exec /bin/true'), 0);
    assert.equal(run(packager, []).status, 0, 'on the host it runs');
    for (const name of names) bench.runtime.unload(name);
  });
});
