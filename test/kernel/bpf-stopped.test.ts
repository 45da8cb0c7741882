// SPDX-License-Identifier: Apache-2.0
/**
 * Loads of BPF programs on a kernel that stops tasks in the middle of programs: what watches functions is left out for a crowd on one
 * processor, some of which are always stopped in it. Every load is told and judged all the same. docs/adr/0031-stopped-in-a-program.md.
 */
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type BpfBench, openBpfBench } from './bpf-fixture.ts';
import { oneModeOnly, preempt, preemption, tried } from './crowd.ts';
import { digestOf, openGate, SETTLED_MS } from './gate-fixture.ts';
import { labProgram, PLACE } from './runtime-fixture.ts';

const DIR = join(PLACE, 'bpf-stopped');
const LISTED = join(DIR, 'listed');

describe('loads of BPF programs where tasks are stopped in the middle of programs', {
  skip: oneModeOnly,
}, () => {
  let asFound: string;
  before(() => {
    rmSync(DIR, { recursive: true, force: true });
    mkdirSync(DIR);
    copyFileSync(labProgram('bpf_ways'), LISTED);
    asFound = preemption();
    preempt('voluntary');
  });
  after(() => preempt(asFound));

  describe('that the watch saw begin', () => {
    let at: BpfBench;
    before(() => {
      at = openBpfBench();
      preempt('full');
    });
    after(() => at.close());

    it('each is told once, by what is never left out', () => {
      at.watch.look();
      at.taken();
      const { made, failed, error } = tried('bpf-load', DIR);
      const loads = at.taken().filter(({ type, ours }) => type === 'bpf.load.done' && !ours);
      assert.equal(failed, 0, error);
      assert.ok(made > 100, `${made} made`);
      assert.equal(loads.length, made);
      assert.equal(new Set(loads.map(({ object }) => object)).size, made);
    });

    it('and it says what it may miss', () => {
      assert.match(at.watch.sight.blind.join(), /but for loads, .*stopped in what watches it.*preempt=full/);
    });
  });

  it('the gate denies the whole crowd', async () => {
    preempt('full');
    await sleep(SETTLED_MS);
    const gate = await openGate(LISTED, [
      { path: LISTED, sha256: [digestOf(LISTED)], types: ['socket_filter'] },
    ]);
    await gate.set('enforce');
    const { made, failed, error } = tried('bpf-load', DIR);
    await gate.close();
    assert.equal(made, 0);
    assert.ok(failed > 100, `${failed} failed`);
    assert.equal(error, 'Operation not permitted');
  });
});
