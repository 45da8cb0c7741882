// SPDX-License-Identifier: Apache-2.0
/** The symlink policies on a real kernel: denied before the link is made, through every door, without a race. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Bench, callsProgram, openBench, ownBench, PLACE, policyText, run } from './runtime-fixture.ts';

const LINK = join(PLACE, 'link');
const RACE_TRIES = 4000;

describe('restrict-symlink with Override', () => {
  let bench: Bench;
  let calls: string;
  before(() => {
    calls = callsProgram();
    bench = openBench();
    const plan = bench.load(policyText('restrict-symlink'));
    assert.equal(plan.hooks[0]?.guarantee, 'denied-before-effect');
    assert.equal(plan.hooks[0]?.racy, false);
  });
  after(() => bench.close());

  it('gives EPERM to ln -s, makes no link, and tells of it', () => {
    const { status, out } = run('ln', ['-s', '/etc/passwd', LINK]);
    assert.equal(status, 1);
    assert.match(out, /Operation not permitted/);
    assert.equal(readdirSync(PLACE).includes('link'), false);
    const [event, ...more] = bench.taken('restrict-symlink');
    assert.equal(more.length, 0);
    const told = event?.process_kprobe;
    assert.equal(told?.function_name, '__x64_sys_symlinkat');
    assert.deepEqual(told?.args, [{ string_arg: '/etc/passwd' }, { int_arg: -100 }, { string_arg: LINK }]);
    assert.equal(told?.action, 'KPROBE_ACTION_OVERRIDE');
    assert.match(told?.process.binary ?? '', /\/ln$/);
    assert.equal(told?.process.arguments, `-s /etc/passwd ${LINK}`);
    assert.match(event?.tracegate?.mechanism ?? '', /do_symlinkat \+ lsm\/path_symlink/);
    assert.equal(event?.tracegate?.denied, true);
    assert.equal(event?.tracegate?.would_have, undefined);
  });

  it('lets other targets through, also those that begin the same', () => {
    for (const to of ['/etc/hosts', '/etc/passwd2', '/etc/passw']) {
      rmSync(LINK, { force: true });
      assert.equal(run('ln', ['-s', to, LINK]).status, 0, to);
    }
    rmSync(LINK, { force: true });
    assert.deepEqual(bench.taken('restrict-symlink'), []);
  });

  it('gives the event even when the call fails for another reason first', () => {
    run('ln', ['-s', '/etc/hosts', LINK]);
    assert.equal(run(calls, ['once', '/etc/passwd', LINK]).out, '17');
    assert.equal(bench.taken('restrict-symlink').length, 1);
    rmSync(LINK, { force: true });
  });

  it('holds at every door: symlink, symlinkat, both 32-bit ones, io_uring', () => {
    const doors = run(calls, ['doors', '/etc/passwd', PLACE]).out.split('\n');
    assert.deepEqual(doors, [
      'symlink 1 none',
      'symlinkat 1 none',
      'symlink32 1 none',
      'symlinkat32 1 none',
      'io_uring 1 none',
    ]);
    assert.equal(bench.taken('restrict-symlink').length, 5);
  });

  it('is not raced by a second thread that flips the path', () => {
    const [tries, denied, forbidden, other] = run(calls, [
      'race',
      String(RACE_TRIES),
      '/etc/passwd',
      '/etc/pasXXX',
      PLACE,
    ])
      .out.split(' ')
      .map(Number);
    assert.equal(tries, RACE_TRIES);
    assert.equal(forbidden, 0, 'no link to /etc/passwd came through');
    assert.ok((denied ?? 0) > 0 && (other ?? 0) > 0, `the race was real: ${denied} denied, ${other} made`);
    bench.taken('restrict-symlink');
  });

  it('is not fooled by a path in a page that is not present', () => {
    assert.equal(run(calls, ['absent', '/etc/passwd', PLACE]).out, 'absent 1 none');
  });

  it('spares the executable that runs the agent, and says so', () => {
    bench.taken('restrict-symlink');
    symlinkSync('/etc/passwd', LINK);
    assert.ok(readdirSync(PLACE).includes('link'));
    rmSync(LINK);
    const [event] = bench.taken('restrict-symlink');
    assert.equal(event?.tracegate?.would_have, true);
    assert.equal(event?.tracegate?.spared, 'protected');
  });

  it('only watches in monitor mode', () => {
    bench.runtime.setMode('restrict-symlink', 'monitor');
    assert.equal(run('ln', ['-s', '/etc/passwd', LINK]).status, 0);
    rmSync(LINK);
    const [event] = bench.taken('restrict-symlink');
    assert.equal(event?.tracegate?.spared, 'monitor');
    bench.runtime.setMode('restrict-symlink', 'enforce');
    assert.equal(run('ln', ['-s', '/etc/passwd', LINK]).status, 1);
  });
});

describe('restrict-symlink with Sigkill', () => {
  it('kills the maker and leaves no link, until its budget is empty', (t) => {
    const bench = ownBench({ killPerMinute: 2 });
    t.after(() => bench.close());
    bench.load(policyText('restrict-symlink-sigkill'));
    for (let i = 0; i < 2; i++) {
      assert.equal(run('sh', ['-c', `exec ln -s /etc/passwd ${LINK}`]).signal, 'SIGKILL');
      assert.equal(existsSync(LINK), false);
    }
    const killed = bench.taken('restrict-symlink-sigkill');
    assert.equal(killed.length, 2);
    assert.equal(killed[0]?.tracegate?.killed, true);
    assert.equal(killed[0]?.tracegate?.denied, true);
    assert.equal(killed[0]?.process_kprobe?.action, 'KPROBE_ACTION_SIGKILL');
    assert.equal(run('ln', ['-s', '/etc/passwd', LINK]).status, 0);
    rmSync(LINK);
    assert.equal(bench.taken('restrict-symlink-sigkill')[0]?.tracegate?.spared, 'budget');
    assert.equal(bench.runtime.counters('restrict-symlink-sigkill').exhausted, true);
  });

  it('kills no more than its own annotation lets it, nor more than the host does', (t) => {
    const bench = ownBench({ killPerMinute: 2 });
    t.after(() => bench.close());
    const bounded = (kills: number) =>
      policyText('restrict-symlink-sigkill').replace(
        'metadata:\n',
        `metadata:\n  annotations:\n    tracegate.io/max-kills-per-minute: "${kills}"\n`,
      );
    const killed = () => run('sh', ['-c', `exec ln -s /etc/passwd ${LINK}`]).signal === 'SIGKILL';
    bench.load(bounded(1));
    assert.deepEqual([killed(), killed()], [true, false]);
    rmSync(LINK);
    bench.runtime.unload('restrict-symlink-sigkill');
    bench.load(bounded(50));
    assert.deepEqual([killed(), killed(), killed()], [true, true, false]);
    rmSync(LINK);
  });

  it('kills at every door', (t) => {
    const bench = openBench();
    t.after(() => bench.close());
    bench.load(policyText('restrict-symlink-sigkill'));
    const doors = run(callsProgram(), ['doors', '/etc/passwd', PLACE]).out.split('\n');
    assert.deepEqual(doors, [
      'symlink signal-9 none',
      'symlinkat signal-9 none',
      'symlink32 signal-9 none',
      'symlinkat32 signal-9 none',
      'io_uring signal-9 none',
    ]);
  });
});

describe('an update', () => {
  it('replaces the old generation without doubling events', (t) => {
    const bench = openBench();
    t.after(() => bench.close());
    bench.load(policyText('restrict-symlink'));
    bench.load(policyText('restrict-symlink').replace('/etc/passwd', '/etc/shadow'));
    assert.equal(run('ln', ['-s', '/etc/passwd', LINK]).status, 0);
    rmSync(LINK);
    assert.equal(run('ln', ['-s', '/etc/shadow', LINK]).status, 1);
    assert.equal(bench.taken('restrict-symlink').length, 1);
  });

  it('that cannot load leaves its predecessor in force', (t) => {
    const bench = openBench();
    t.after(() => bench.close());
    bench.load(policyText('restrict-symlink'));
    const broken = bench.plan(policyText('restrict-symlink'));
    const program = broken.hooks[0]?.programs.at(-1);
    assert.ok(program);
    program.btfId = 1; // no function
    assert.throws(() =>
      bench.runtime.load({
        plan: broken,
        key: 'restrict-symlink',
        revision: 9,
        decisionId: 'test',
        mode: 'enforce',
      }),
    );
    assert.equal(run('ln', ['-s', '/etc/passwd', LINK]).status, 1);
    assert.equal(bench.runtime.policies()[0]?.revision, 1);
  });
});
