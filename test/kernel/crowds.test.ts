// SPDX-License-Identifier: Apache-2.0
/** One kernel function hooked by more policies than it takes programs: each tells and counts for itself, and any denies. */
import assert from 'node:assert/strict';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { hookPartOf } from '../../src/model/event.ts';
import { type Bench, ownBench, PLACE, run } from './runtime-fixture.ts';

/** More than the 38 programs that a function takes; on one kernel so many that joint programs fill up, too. */
const POLICIES = process.env.LAB_KERNEL === '6.12' ? 60 : 42;
/** of captures as many as there may be, of verdicts one for each that does not fit */
const JOINT = 12 + Math.min(12, POLICIES / 2 - 16);
const COMMON = join(PLACE, 'crowd-common');
const SECRET = join(PLACE, 'crowd-secret');
const OTHER = join(PLACE, 'crowd-other');

/** More of them than are attached by themselves, the last among them. */
const denies = (n: number) => n % 2 === 1;
const name = (n: number) => `crowd-${n}`;
const policy = (n: number, secret = SECRET) =>
  JSON.stringify({
    apiVersion: 'cilium.io/v1alpha1',
    kind: 'TracingPolicy',
    metadata: { name: name(n) },
    spec: {
      kprobes: [
        {
          call: 'security_file_open',
          syscall: false,
          args: [{ index: 0, type: 'file' }],
          selectors: [
            { matchArgs: [{ index: 0, operator: 'Equal', values: [COMMON] }] },
            {
              matchArgs: [{ index: 0, operator: 'Equal', values: [secret] }],
              ...(denies(n) && { matchActions: [{ action: 'Override', argError: -13 }] }),
            },
          ],
        },
      ],
    },
  });

/** By another program than this one, which no policy denies anything. */
function opens(file: string): boolean {
  const { status, out } = run('cat', [file]);
  if (status !== 0) assert.match(out, /Permission denied/);
  return status === 0;
}

describe(`${POLICIES} policies on one function`, () => {
  let bench: Bench;
  before(() => {
    bench = ownBench();
    for (const file of [COMMON, SECRET, OTHER]) writeFileSync(file, 'x');
  });
  after(() => bench.close());

  /** How many events each policy told while `act` ran, where it is not one. */
  function oddOnes(act: () => void): [string, number][] {
    bench.taken('');
    act();
    bench.runtime.drain();
    const counts = new Map(bench.runtime.policies().map(({ key }) => [key, 0]));
    for (const event of bench.events) {
      const key = hookPartOf(event)?.policy_name; // none: the program's own life
      if (key !== undefined) counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    return [...counts].filter(([, count]) => count !== 1);
  }
  const joint = () => readdirSync(bench.bpffsDir).filter((pin) => pin.startsWith('link-joint-'));

  it('are all in force, and each tells of a call once', () => {
    for (let n = 0; n < POLICIES; n++) bench.load(policy(n));
    assert.deepEqual(
      oddOnes(() => assert.ok(opens(COMMON))),
      [],
    );
    const posted = bench.runtime.policies().map(({ key }) => bench.runtime.counters(key).posted);
    assert.deepEqual(new Set(posted), new Set([1]));
    assert.equal(joint().length, JOINT, 'joint captures and joint verdicts');
  });

  it('deny, whichever of them asks for it', () => {
    assert.deepEqual(
      oddOnes(() => assert.equal(opens(SECRET), false)),
      [],
    );
    assert.ok(opens(OTHER));
    bench.load(policy(POLICIES - 1, OTHER));
    assert.deepEqual([opens(SECRET), opens(OTHER)], [false, false]);
  });

  it('are updated one by one, with each call told once', () => {
    bench.load(policy(POLICIES - 1));
    bench.load(policy(POLICIES - 2));
    assert.ok(opens(OTHER), 'the update before the last is gone');
    assert.deepEqual(
      oddOnes(() => opens(COMMON)),
      [],
    );
    assert.equal(joint().length, JOINT);
  });

  it('are adopted by the agent after this one, and changed by it', () => {
    const { stateDir, bpffsDir } = bench;
    bench.runtime.close();
    assert.equal(opens(SECRET), false);
    bench = ownBench({ stateDir, bpffsDir });
    assert.equal(bench.runtime.policies().length, POLICIES);
    assert.deepEqual(bench.runtime.drift(), []);
    assert.deepEqual(
      oddOnes(() => opens(COMMON)),
      [],
    );
    bench.runtime.setMode(name(POLICIES - 1), 'monitor');
    for (let n = 0; n < POLICIES - 1; n++) if (denies(n)) bench.runtime.unload(name(n));
    assert.deepEqual(
      oddOnes(() => assert.ok(opens(SECRET))),
      [],
      'the last one only watches',
    );
    bench.runtime.setMode(name(POLICIES - 1), 'enforce');
    assert.equal(opens(SECRET), false);
  });

  it('are put back when somebody takes a joint program out of the kernel', () => {
    const [pin = ''] = joint();
    rmSync(join(bench.bpffsDir, pin));
    assert.deepEqual(
      bench.runtime.drift().map(({ kind, key, what }) => [kind, key, what]),
      [['link-gone', undefined, pin]],
    );
    assert.deepEqual(bench.runtime.drift(), []);
    assert.deepEqual(
      oddOnes(() => assert.equal(opens(SECRET), false)),
      [],
    );
  });

  it('leave nothing behind', () => {
    bench.runtime.unload(name(POLICIES - 1));
    assert.ok(opens(SECRET));
    assert.ok(joint().length <= 12, 'captures of others only');
  });
});
