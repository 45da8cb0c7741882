// SPDX-License-Identifier: Apache-2.0
/** A policy on a file that is there when it is loaded also means its other hard links and mounts, whatever their paths. */
import assert from 'node:assert/strict';
import { copyFileSync, linkSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { python } from './python.ts';
import { type Bench, openBench, PLACE, run } from './runtime-fixture.ts';

const DIR = join(PLACE, 'inodes');
const SECRET = join(DIR, 'secret');
const HARD = join(PLACE, 'inodes-hard');
const BIND = join(PLACE, 'inodes-bind');
const OTHER = join(PLACE, 'inodes-other');

/** One call on a path, by the hard link, through the other mount, and from a root in that; a line each. */
const TEXT = `
import os, sys
call, hard, bind, other = sys.argv[1:5]
def ran(p):
    pid = os.fork()
    if not pid:
        try: os.execve(p, ['x'], {})
        except OSError as e: os._exit(e.errno)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if status: raise OSError(status, '')
calls = {
  'open': lambda p: os.close(os.open(p, os.O_RDONLY)), 'unlink': os.unlink, 'chmod': lambda p: os.chmod(p, 0o755), 'exec': ran,
  'rename': lambda p: os.rename(p, p + '-moved'), 'truncate': lambda p: os.truncate(p, 1), 'link': lambda p: os.link(p, p + '-linked'),
}
act = calls[call]
def rooted(p):
    pid = os.fork()
    if not pid:
        try: os.chroot(bind); os.chdir('/'); act(p)
        except OSError as e: os._exit(e.errno)
        os._exit(0)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if status: raise OSError(status, '')
for name, way in {'mount': lambda: act(bind + '/secret'), 'root': lambda: rooted('/secret'), 'other': lambda: act(other), 'link': lambda: act(hard)}.items():
    try: way(); print(name, 'done')
    except OSError as e: print(name, e.errno)
`;

// biome-ignore format: a table is read in rows
const CALLS: [call: string, syscall: string][] = [
  ['open', 'sys_open'], ['unlink', 'sys_unlink'], ['chmod', 'sys_chmod'], ['exec', 'sys_execve'],
  ['rename', 'sys_rename'], ['truncate', 'sys_truncate'], ['link', 'sys_link'],
];

function policy(syscall: string, operator: string, value: string): string {
  const selector = {
    matchArgs: [{ index: 0, operator, values: [value] }],
    matchActions: [{ action: 'Override', argError: -1 }],
  };
  return JSON.stringify({
    apiVersion: 'cilium.io/v1alpha1',
    kind: 'TracingPolicy',
    metadata: { name: 'inode', annotations: { 'tracegate.io/match': 'object' } },
    spec: {
      kprobes: [
        { call: syscall, syscall: true, args: [{ index: 0, type: 'string' }], selectors: [selector] },
      ],
    },
  });
}

function lay(): void {
  for (const path of [SECRET, HARD, OTHER, `${SECRET}-moved`, `${SECRET}-linked`])
    rmSync(path, { force: true });
  copyFileSync('/bin/true', SECRET);
  copyFileSync('/bin/true', OTHER);
  linkSync(SECRET, HARD);
}

function told(call: string): Record<string, string> {
  const { out } = python('-c', TEXT, call, HARD, BIND, OTHER);
  return Object.fromEntries(out.split('\n').map((line) => line.split(' ')));
}

let bench: Bench;
function begin(): void {
  bench = openBench();
  for (const folder of [DIR, BIND]) mkdirSync(folder, { recursive: true });
  assert.equal(run('mount', ['--bind', DIR, BIND]).status, 0);
}
function end(): void {
  bench.close();
  run('umount', [BIND]);
}

describe('a policy on a file that is there', () => {
  before(begin);
  after(end);

  for (const [call, syscall] of CALLS) {
    it(`denies ${syscall} by a hard link, through another mount and from a root in that, and on no other file`, () => {
      lay();
      const [hook] = bench.load(policy(syscall, 'Equal', SECRET)).hooks;
      assert.equal(hook?.refused, undefined);
      assert.match(hook?.passes ?? '', /of a file that takes the place of one named later/);
      assert.deepEqual(told(call), { mount: '1', root: '1', other: 'done', link: '1' });
    });
  }

  it('says that a beginning of paths does not mean them, which pass then', () => {
    lay();
    const [hook] = bench.load(policy('sys_chmod', 'Prefix', SECRET)).hooks;
    assert.match(hook?.passes ?? '', /by another hard link, through a mount elsewhere/);
    assert.equal(told('chmod').link, 'done');
  });

  it('means the file that takes its place by its path at once, by its links when it is loaded anew', () => {
    lay();
    const text = policy('sys_truncate', 'Equal', SECRET);
    bench.load(text);
    rmSync(HARD);
    writeFileSync(`${DIR}/next`, 'next');
    renameSync(`${DIR}/next`, SECRET);
    linkSync(SECRET, HARD);
    assert.match(run('truncate', ['-s', '1', SECRET]).out, /not permitted/);
    assert.equal(told('truncate').link, 'done');
    bench.load(text);
    assert.equal(told('truncate').link, '1');
  });
});
