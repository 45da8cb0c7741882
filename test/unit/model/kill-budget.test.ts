// SPDX-License-Identifier: Apache-2.0
/** `tracegate.io/max-kills-per-minute`: what it means, what of it is refused, and how `explain` says it. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { effectsOf } from '../../../src/effects/effects.ts';
import { intakeObject } from '../../../src/model/intake.ts';

const taken = (kills?: string) =>
  intakeObject({
    apiVersion: 'cilium.io/v1alpha1',
    kind: 'TracingPolicy',
    metadata: {
      name: 'p',
      ...(kills !== undefined && { annotations: { 'tracegate.io/max-kills-per-minute': kills } }),
    },
    spec: { kprobes: [{ call: 'sys_unlink', syscall: true }] },
  });

function normal(kills?: string) {
  const found = taken(kills);
  assert.ok(found.valid, JSON.stringify(found.findings));
  return found.normal;
}

it('is a bound of the policy itself', () => {
  assert.equal(normal('1').killsPerMinute, 1);
  assert.equal(normal('1000000').killsPerMinute, 1_000_000);
  assert.equal(normal().killsPerMinute, undefined);
});

it('is refused where it bounds nothing, with the place and what to write', () => {
  for (const kills of ['', '0', '-1', '1.5', '1e3', 'many', '1000001', '0x10', ' 5']) {
    const found = taken(kills);
    assert.equal(found.valid, false, kills);
    const [{ rule, path, message, fix } = assert.fail()] = found.findings;
    assert.deepEqual([rule, path], ['TPG-001', '/metadata/annotations/tracegate.io~1max-kills-per-minute']);
    assert.match(message, /is no number of kills a minute/);
    assert.match(fix ?? '', /1 to 1000000/);
  }
});

it('is told by explain, with what happens beyond it', () => {
  const words = (kills: string) => effectsOf(normal(kills)).details.join(' ');
  assert.match(
    words('5'),
    /kills at most 5 processes a minute on each host.*beyond that it lets calls pass and only tells/,
  );
  assert.match(words('1'), /kills at most one process a minute/);
});
