// SPDX-License-Identifier: Apache-2.0
/** Ways past the gate for BPF loads, each tried for real while it enforces: none of them may have a program loaded. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { there } from './bpf-fixture.ts';
import { oneModeOnly, preempt, preemption, tried } from './crowd.ts';
import { digestOf, type GateBench, idOf, openGate, SETTLED_MS } from './gate-fixture.ts';
import { labProgram, PLACE, ROOT, run } from './runtime-fixture.ts';

const DIR = join(PLACE, 'ways');
const BIN = join(DIR, 'bin');
const [LISTED, OTHER] = [join(BIN, 'listed'), join(DIR, 'other')];
const ELSEWHERE = '/run/vm/listed';
const PINS = '/sys/fs/bpf/of-ways';
const LOADING = join(PINS, 'loading');
const RACES = 14;
const DENIED = /^errno 1$/;
/** What the kernel says of another process's memory that it does not hand out. */
const DENIED_MEMORY = /^errno (1|13)$/;

let at: GateBench;
let holder: ChildProcess;
/** of what the holder holds: its descriptor, and an address of its memory */
let held: { fd: string; address: string };

function script(name: string, text: string): string {
  const path = join(DIR, name);
  writeFileSync(path, text);
  chmodSync(path, 0o755);
  return path;
}

function inCgroup(name: string, command: string[]): string {
  const cgroup = join('/sys/fs/cgroup', name);
  mkdirSync(cgroup, { recursive: true });
  const enter = `echo $$ > ${cgroup}/cgroup.procs && exec "$@"`;
  const { stdout } = spawnSync('sh', ['-c', enter, 'sh', ...command], { encoding: 'utf8' });
  rmdirSync(cgroup);
  return stdout.trim();
}

function fromOverlay(): string {
  const dirs = ['upper', 'work', 'merged'].map((name) => join(DIR, 'overlay', name));
  for (const dir of dirs) mkdirSync(dir, { recursive: true });
  const [upper, work, merged] = dirs as [string, string, string];
  const options = `lowerdir=${BIN},upperdir=${upper},workdir=${work}`;
  const { out, status } = run('mount', ['-t', 'overlay', 'overlay', '-o', options, merged]);
  assert.equal(status, 0, out);
  const ran = run(join(merged, 'listed'), ['load']);
  run('umount', [merged]);
  return ran.out;
}

async function asCoreHandler(): Promise<string> {
  const pattern = readFileSync('/proc/sys/kernel/core_pattern', 'utf8');
  writeFileSync('/proc/sys/kernel/core_pattern', `|${OTHER} load`);
  run('sh', ['-c', 'ulimit -c unlimited; kill -SEGV $$']);
  await sleep(200); // nobody waits for a handler that reads nothing
  writeFileSync('/proc/sys/kernel/core_pattern', pattern);
  const denied = await at.told('bpf_gate_denied');
  return denied.some(({ object }) => object === OTHER) ? 'errno 1' : 'it was not run';
}

const WAYS: [what: string, attempt: () => string | Promise<string>, expected: RegExp][] = [
  ['the door of 32-bit programs', () => run(OTHER, ['int80']).out, DENIED],
  [
    'a known loader’s program that loads, run by a stranger',
    () => run(OTHER, ['runs-loading', LOADING]).out,
    DENIED,
  ],
  ['a child in the memory of its parent', () => run(OTHER, ['shared-memory']).out, DENIED],
  [
    'a thread, while another becomes a known loader',
    () => run(OTHER, ['race', String(RACES), LISTED]).out,
    /^loaded 0$/,
  ],
  ['a script that a stranger runs', () => run(script('by-other', `#!${OTHER} load\n`), []).out, DENIED],
  [
    'a script in the place of a known loader',
    async () => {
      renameSync(LISTED, join(DIR, 'aside'));
      script('bin/listed', `#!${OTHER} load\n`);
      const { out } = run(LISTED, ['load']);
      renameSync(join(DIR, 'aside'), LISTED);
      await sleep(SETTLED_MS);
      await at.keeper.look(); // a name more or less changes the ctime as well
      return out;
    },
    DENIED,
  ],
  ['a known loader, started under a tracer', () => run(OTHER, ['traced-start', LISTED]).out, DENIED],
  [
    'a script that a known loader runs, started under a tracer',
    () => run(OTHER, ['traced-start', script('by-listed', `#!${LISTED} load\n`)]).out,
    DENIED,
  ],
  ['another’s descriptor', () => run(OTHER, ['getfd', String(holder.pid), held.fd]).out, DENIED],
  ['another’s memory', () => run(OTHER, ['memory', String(holder.pid), held.address]).out, DENIED_MEMORY],
  ['another’s memory, as a file', () => run(OTHER, ['memory-file', String(holder.pid)]).out, DENIED_MEMORY],
  ['a tracer that lets it run on', () => run(OTHER, ['seize', String(holder.pid)]).out, DENIED],
  ['root of namespaces of its own', () => run(LISTED, ['nested']).out, DENIED],
  ['another user with the two capabilities', () => run(LISTED, ['capabilities', '1000']).out, DENIED],
  ['a stranger with the two capabilities', () => run(OTHER, ['capabilities', '0']).out, DENIED],
  ['a container by its cgroup', () => inCgroup(`docker-${'a'.repeat(64)}.scope`, [LISTED, 'load']), DENIED],
  ['another root directory', () => run('chroot', [DIR, '/other', 'load']).out, DENIED],
  ['a known loader, seen through an overlay', fromOverlay, DENIED],
  ['a helper that the kernel starts', asCoreHandler, DENIED],
  [
    'an interpreter that its loader starts',
    () => {
      const python = `import ctypes
code = (ctypes.c_ulonglong * 2)(0xb7, 0x95)
gpl = ctypes.create_string_buffer(b"GPL")
attr = (ctypes.c_ulonglong * 16)(1 | 2 << 32, ctypes.addressof(code), ctypes.addressof(gpl))
libc = ctypes.CDLL(None, use_errno=True)
print("id" if libc.syscall(321, 5, attr, 128) >= 0 else f"errno {ctypes.get_errno()}")
`;
      return run('/lib64/ld-linux-x86-64.so.2', ['/usr/bin/python3', '-S', '-c', python]).out;
    },
    DENIED,
  ],
  ['a file of another machine', () => run(ELSEWHERE, ['load']).out, DENIED],
];

async function endHolder(): Promise<void> {
  if (holder.exitCode !== null || holder.signalCode !== null) return;
  const ended = new Promise((resolve) => holder.once('exit', resolve));
  holder.kill('SIGKILL');
  await ended;
}

describe('a way past the gate', () => {
  before(async () => {
    rmSync(DIR, { recursive: true, force: true });
    for (const dir of [BIN, PINS]) mkdirSync(dir, { recursive: true });
    copyFileSync(labProgram('bpf_ways'), LISTED);
    copyFileSync(LISTED, OTHER);
    copyFileSync(LISTED, ELSEWHERE);
    appendFileSync(OTHER, '!');
    const entry = { sha256: [digestOf(LISTED)], types: ['socket_filter', 'raw_tracepoint', 'syscall'] };
    await sleep(SETTLED_MS);
    at = await openGate(LISTED, [
      { path: LISTED, ...entry },
      { path: ELSEWHERE, ...entry },
    ]);
    await at.set('enforce');
    assert.match(run(LISTED, ['pins-loading', LOADING]).out, /^id/);
    holder = spawn(LISTED, ['holds'], { stdio: ['ignore', 'pipe', 'ignore'] });
    const line = String(await new Promise((resolve) => holder.stdout?.once('data', resolve)));
    const [, fd = '', address = ''] = /^fd (\d+) at 0x([0-9a-f]+)/.exec(line) ?? [];
    held = { fd, address };
  });
  after(async () => {
    await endHolder();
    await at.close();
    rmSync(PINS, { recursive: true, force: true });
  });

  it('is none where the loader is known: these ways do load', () => {
    assert.match(run(LISTED, ['int80']).out, /^id \d+$/);
    assert.match(run(LISTED, ['shared-memory']).out, /^id/);
    assert.match(run(LISTED, ['runs-loading', LOADING]).out, /^id \d+$/);
    assert.match(run(script('plain', `#!${LISTED} load\n`), []).out, /^id \d+$/);
  });

  for (const [what, attempt, expected] of WAYS)
    it(`is not: ${what}`, async () => {
      await at.nothingWasLoaded(async () => assert.match(await attempt(), expected));
    });

  it('is not a tool that everybody has', async (t) => {
    if (!there('bpftool')) return t.skip('bpftool is not installed');
    const pin = join(PINS, 'of-bpftool');
    await at.nothingWasLoaded(async () => {
      const { out, status } = run('bpftool', [
        'prog',
        'loadall',
        join(ROOT, 'build/bpf/identity.bpf.o'),
        pin,
      ]);
      assert.match(out, /not permitted/);
      assert.notEqual(status, 0);
    });
    assert.ok(!existsSync(pin));
  });

  it('is not a file that was changed without looking so', async (t) => {
    const found: string[] = [];
    await endHolder(); // nobody writes to a program that runs
    for (const way of ['map-write', 'past-write']) {
      const { out } = run(OTHER, [way, LISTED]);
      assert.match(out, /^(un)?seen$/);
      found.push(`${way}: its ctime shows it ${out}`);
      assert.match(run(LISTED, ['load']).out, DENIED, `${way}, at once`);
      await sleep(SETTLED_MS);
      await at.keeper.look();
      assert.match(run(LISTED, ['load']).out, DENIED, `${way}, after it was read again`);
      rmSync(LISTED);
      copyFileSync(labProgram('bpf_ways'), LISTED);
      await at.readAgain();
    }
    t.diagnostic(found.join(', '));
  });

  it('is not a file that somebody has open for writing, and is one again when nobody has', async () => {
    rmSync(LISTED);
    copyFileSync(labProgram('bpf_ways'), LISTED);
    await at.readAgain();
    assert.match(run(OTHER, ['open-write', LISTED]).out, /^id/);
    assert.match(run(LISTED, ['load']).out, DENIED, 'opened and left as it was');
    await at.readAgain();
    const { out } = run(LISTED, ['open-write', LISTED]);
    assert.equal(out, 'errno 26', 'nobody writes to a program that runs');
  });

  it('is not a file of another machine: it says why', async () => {
    const { loaders } = await at.keeper.gateStatus();
    const found = loaders.find(({ path }) => path === ELSEWHERE);
    assert.equal(found?.state, 'refused');
    assert.match(found.reason ?? '', /does not see each change/);
    await at.told();
    assert.match(run(ELSEWHERE, ['load']).out, DENIED);
    const [denied] = await at.told('bpf_gate_denied');
    assert.equal(denied?.object, ELSEWHERE);
    assert.equal((denied.body.loader as { refused?: string }).refused, found.reason, 'the record says why');
  });

  it('is not a ring that takes a pin of ours down', () => {
    const pin = join(at.bench.bpffsDir, 'link-gate-bpf');
    assert.match(run(OTHER, ['ring-unlink', pin]).out, DENIED);
    assert.ok(existsSync(pin));
  });

  it('is not a crowd, some of which are always stopped in a program', { skip: oneModeOnly }, () => {
    const asFound = preemption();
    preempt('full');
    try {
      const { made, failed, error } = tried('bpf-load', DIR);
      assert.equal(made, 0);
      assert.ok(failed > 100, `${failed} failed`);
      assert.equal(error, 'Operation not permitted');
    } finally {
      preempt(asFound);
    }
  });

  it('was written down each time', async () => {
    const denied = (await at.told()).filter(({ type }) => /^bpf_gate_(denied|ours)$/.test(type));
    assert.ok(denied.length > 0);
    assert.ok(denied.every(({ body }) => body.denied === true));
    assert.ok(idOf(run(LISTED, ['load'])) > 0);
  });
});
