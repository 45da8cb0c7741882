// SPDX-License-Identifier: Apache-2.0
/**
 * A kernel that stops tasks in the middle of programs (preempt=full): a crowd on one processor, some of which are always stopped in
 * one, gets no forbidden call past a policy. docs/adr/0031-stopped-in-a-program.md.
 */
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { oneModeOnly, preempt, preemption, tried } from './crowd.ts';
import { type Bench, labProgram, openBench, PLACE, run } from './runtime-fixture.ts';

const LOOKS = 100;
/** Of those that join, some are put anew. */
const POLICIES = 20;
const DIR = join(PLACE, 'stopped');
const FORBIDDEN = join(DIR, 'forbidden');
/** Whoever tries it is denied with an error that no such call gives of itself. */
const DENIED = -67;

interface Matched {
  operator?: string;
  value?: string;
}

const policy = (call: string, index: number, { operator = 'Prefix', value = FORBIDDEN }: Matched = {}) => `
apiVersion: cilium.io/v1alpha1
kind: TracingPolicy
metadata:
  name: "no-${call.replace('sys_', '')}"
spec:
  kprobes:
  - call: "${call}"
    syscall: true
    args:
    - index: ${index}
      type: "string"
    selectors:
    - matchArgs:
      - index: ${index}
        operator: "${operator}"
        values: ["${value}"]
      matchActions:
      - action: Override
        argError: ${DENIED}
`;

// biome-ignore format: a table is read in rows
const CALLS: [string, string, number][] = [
  ['unlink', 'sys_unlink', 0], ['mkdir', 'sys_mkdir', 0], ['rmdir', 'sys_rmdir', 0], ['symlink', 'sys_symlink', 0],
  ['link-old', 'sys_link', 0], ['link-new', 'sys_link', 1], ['rename-from', 'sys_rename', 0], ['rename-to', 'sys_rename', 1],
  ['mknod', 'sys_mknod', 0], ['chmod', 'sys_chmod', 0], ['chown', 'sys_chown', 0], ['truncate', 'sys_truncate', 0],
  ['setxattr', 'sys_setxattr', 0], ['umount', 'sys_umount', 0], ['open', 'sys_open', 0], ['execve', 'sys_execve', 0], ['unlink-at-null', 'sys_unlink', 0],
];

describe('on a kernel that stops tasks in the middle of programs', { skip: oneModeOnly }, () => {
  let bench: Bench;
  let asFound: string;
  const inForce = (text: string, act: () => void) => {
    const plan = bench.load(text);
    try {
      assert.equal(plan.hooks[0]?.guarantee, 'denied-before-effect');
      act();
    } finally {
      for (const { key } of bench.runtime.policies()) bench.runtime.unload(key);
    }
  };
  before(() => {
    rmSync(DIR, { recursive: true, force: true });
    mkdirSync(DIR);
    copyFileSync(labProgram('calls'), join(DIR, 'program'));
    bench = openBench();
    asFound = preemption();
    preempt('voluntary');
    bench.load(policy('sys_unlink', 0));
    preempt('full');
  });
  after(() => {
    preempt(asFound);
    // a crowd fills the ring, and one look at it takes no longer than a twentieth of a second: those behind want it empty
    for (let look = 0; look < LOOKS; look++) bench.runtime.drain();
    bench.close();
  });

  it('a runtime that was there before knows, and that what it loaded before is to be loaded anew', () => {
    assert.equal(bench.runtime.features.unpreempted.available, 'no');
    const [loadedBefore] = bench.runtime.policies();
    assert.equal(loadedBefore && bench.runtime.isCurrent(loadedBefore), false);
    bench.load(policy('sys_unlink', 0));
    const [anew] = bench.runtime.policies();
    assert.equal(anew && bench.runtime.isCurrent(anew), true);
    bench.runtime.unload('no-unlink');
  });

  for (const [call, named, index] of CALLS)
    it(`${call}: ${named} of argument ${index} is denied to a crowd, every time`, () => {
      inForce(policy(named, index), () => {
        const { denied, made, failed, error } = tried(call, DIR);
        assert.equal(made, 0, `${denied} denied, ${failed} failed (${error})`);
        assert.ok(denied > 100, `${denied} denied, ${failed} failed (${error})`);
      });
    });

  it('a path on a stacked file system, which asks about its own directories on the way, is denied as well', () => {
    const dir = '/var/tmp/tracegate-stopped'; // in the lab, / is such a one
    mkdirSync(dir, { recursive: true });
    inForce(policy('sys_chmod', 0, { value: join(dir, 'forbidden') }), () => {
      const { denied, made } = tried('chmod', dir);
      assert.equal(made, 0);
      assert.ok(denied > 100);
    });
  });

  it('more policies than a function takes programs are in force, and can be put anew', () => {
    const some = (n: number, value: string) =>
      policy('sys_unlink', 0, { value }).replace('"no-unlink"', `"no-unlink-${n}"`);
    const all = Array.from({ length: POLICIES }, (_, n) => some(n, `/no/such/place-${n}`));
    for (const text of all) bench.load(text);
    bench.load(some(POLICIES - 1, FORBIDDEN));
    const { denied, made } = tried('unlink', DIR);
    for (const { key } of bench.runtime.policies()) bench.runtime.unload(key);
    assert.equal(made, 0);
    assert.ok(denied > 100);
  });

  it('which of two names comes first is known with several policies, each of which keeps them', () => {
    for (const [n, value] of ['/no/such/place-0', FORBIDDEN, '/no/such/place-2'].entries())
      bench.load(policy('sys_rename', 0, { value }).replace('"no-rename"', `"no-rename-${n}"`));
    const { denied, made } = tried('rename-from', DIR);
    for (const { key } of bench.runtime.policies()) bench.runtime.unload(key);
    assert.equal(made, 0);
    assert.ok(denied > 100);
  });

  it('two names of a call at one address, which an audited task has as one, are both known', () => {
    assert.equal(run(labProgram('audit_rule'), ['on']).status, 0);
    try {
      inForce(policy('sys_renameat', 1, { value: 'forbidden' }), () => {
        const { denied, made, failed, error } = tried('rename-one-name', DIR);
        assert.equal(made, 0, `${denied} denied, ${failed} failed (${error})`);
        assert.ok(denied > 100, `${denied} denied, ${failed} failed (${error})`);
      });
    } finally {
      assert.equal(run(labProgram('audit_rule'), ['off']).status, 0);
    }
  });

  it('a text that the programs need a buffer for is denied also when there is none left', () => {
    inForce(policy('sys_symlink', 0, { operator: 'SubString', value: 'forbidden' }), () => {
      const { denied, made } = tried('symlink', DIR);
      assert.equal(made, 0);
      assert.ok(denied > 100);
    });
  });

  it('the same crowd gets through where programs on functions decide, and such a policy wants consent', () => {
    const negative = policy('sys_truncate', 0, { operator: 'NotPrefix', value: '/nowhere' });
    const { hooks } = bench.plan(negative);
    assert.match(hooks[0]?.refused ?? '', /left out while another task is stopped in one.*preempt=full/);
    const consented = negative.replace(
      'metadata:',
      'metadata:\n  annotations:\n    tracegate.io/allow-racy: "true"',
    );
    const plan = bench.load(consented);
    assert.equal(plan.hooks[0]?.racy, true);
    const { denied, made, failed, error } = tried('truncate', DIR);
    for (const { key } of bench.runtime.policies()) bench.runtime.unload(key);
    assert.ok(made > 0, `${denied} denied, ${failed} failed (${error}) by ${plan.hooks[0]?.mechanism}`);
  });
});
