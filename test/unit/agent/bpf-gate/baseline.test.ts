// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { LearnedBaseline, type Loaded } from '../../../../src/agent/bpf-gate/baseline.ts';

const fresh = () => mkdtempSync(join(tmpdir(), 'tracegate-baseline-'));
const NOW = new Date('2026-01-01T00:00:00Z');
const LATER = new Date('2026-01-01T01:00:00Z');
const load = (change: Partial<Loaded> = {}): Loaded => ({
  ...{ path: '/usr/sbin/tool', digest: 'sha256:aa', name: 'probe', type: 'kprobe', attachType: 0, target: 0 },
  ...change,
});

describe('what is usually loaded', () => {
  it('is taken in while it is learned; what comes after is told of once', () => {
    const baseline = new LearnedBaseline(fresh());
    assert.equal(baseline.take(load(), NOW), false, 'nobody asked to learn');
    assert.equal(baseline.size, 0);
    baseline.start(NOW);
    assert.equal(baseline.take(load(), NOW), false);
    baseline.end();
    assert.equal(baseline.take(load(), LATER), false);
    for (const change of [
      { name: 'other' },
      { type: 'xdp' },
      { digest: 'sha256:bb' },
      { target: 7 },
      { attachType: 3 },
    ]) {
      assert.equal(baseline.take(load(change), LATER), true, JSON.stringify(change));
      assert.equal(baseline.take(load(change), LATER), false);
    }
    const [first] = baseline.view().entries;
    assert.deepEqual(
      [first?.count, first?.first, first?.last, first?.seen],
      [2, NOW.toISOString(), LATER.toISOString(), 'learned'],
    );
  });

  it('ends by itself, and is ended once', () => {
    const baseline = new LearnedBaseline(fresh());
    assert.throws(() => baseline.end(), /nothing to end/);
    baseline.start(NOW, 3600);
    assert.equal(baseline.isOver(NOW), false);
    assert.equal(baseline.isOver(LATER), true);
    baseline.end();
    assert.throws(() => baseline.end(), { code: 'conflict' });
  });

  it('counts as allowed once it is accepted, for the types that were seen', () => {
    const baseline = new LearnedBaseline(fresh());
    baseline.start(NOW);
    baseline.take(load(), NOW);
    baseline.take(load({ type: 'xdp' }), NOW);
    baseline.take(load({ path: '/tmp/x', digest: 'sha256:bb' }), NOW);
    baseline.take(load({ path: '/tmp/gone', digest: '' }), NOW);
    assert.deepEqual([baseline.typesOf('sha256:aa'), baseline.accepted()], [[], []]);
    assert.equal(baseline.accept(['sha256:aa']).length, 2);
    assert.deepEqual(baseline.typesOf('sha256:aa'), ['kprobe', 'xdp']);
    assert.deepEqual(baseline.accepted(), [{ path: '/usr/sbin/tool', digest: 'sha256:aa' }]);
    assert.equal(baseline.accept().length, 1, 'what could not be read is nobody’s to accept');
    assert.equal(baseline.unaccepted, 1);
  });

  it('outlives the agent, and a file that is none is not taken for an empty one', () => {
    const dir = fresh();
    const before = new LearnedBaseline(dir);
    before.start(NOW);
    before.take(load(), NOW);
    before.accept();
    before.keep();
    const after = new LearnedBaseline(dir);
    assert.deepEqual(after.view(), before.view());
    assert.equal(after.take(load(), LATER), false);
    writeFileSync(
      join(dir, 'bpf-baseline.json'),
      readFileSync(join(dir, 'bpf-baseline.json')).subarray(0, 20),
    );
    assert.throws(() => new LearnedBaseline(dir), { code: 'config' });
  });
});
