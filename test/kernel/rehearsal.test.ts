// SPDX-License-Identifier: Apache-2.0
/** What an agent tries before it says that it is ready: it works here, and nothing of it is left. */
import assert from 'node:assert/strict';
import { lstatSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { rehearse } from '../../src/agent/rehearsal.ts';
import { type Bench, openBench, PLACE, policyText, run } from './runtime-fixture.ts';

const LINK = join(PLACE, 'rehearsed');

describe('a rehearsal', () => {
  let bench: Bench;
  before(() => {
    bench = openBench();
  });
  after(() => {
    rmSync(LINK, { force: true });
    bench.close();
  });
  const links = () => readdirSync(bench.bpffsDir).filter((pin) => pin.startsWith('link-'));

  it('loads a policy that denies, and leaves nothing of it', () => {
    const pinned = links();
    assert.deepEqual(rehearse(bench.runtime), { done: true });
    assert.deepEqual(links(), pinned);
    assert.deepEqual(bench.runtime.policies(), []);
    run('ln', ['-s', '/proc/self/rehearsal', LINK]);
    assert.equal(readlinkSync(LINK), '/proc/self/rehearsal');
    rmSync(LINK);
    assert.deepEqual(bench.runtime.drift(), []);
  });

  it('leaves what is in force as it is', () => {
    const { policy } = bench.load(policyText('restrict-symlink'));
    assert.deepEqual(rehearse(bench.runtime), { done: false, reason: 'policies are in force' });
    run('ln', ['-s', '/etc/passwd', LINK]);
    assert.equal(lstatSync(LINK, { throwIfNoEntry: false }), undefined);
    bench.runtime.unload(policy.name);
  });
});
