// SPDX-License-Identifier: Apache-2.0
/** Syscalls on a path whose LSM hook does not see the path's text: denied before the effect, at every door, without a race. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { callFamily, FAMILIES, pathPolicy, raceFamily } from './family-policies.ts';
import { type Bench, openBench, run } from './runtime-fixture.ts';

const RACE_TRIES = 2000;
const UNGUARDED_TRIES = 200;

describe('a call on a path', () => {
  let bench: Bench;
  before(() => {
    bench = openBench();
    run('ip', ['link', 'set', 'lo', 'up']);
  });
  after(() => bench.close());

  for (const { name, syscalls, failsWith, tries = RACE_TRIES } of FAMILIES) {
    const [syscall, ...others] = syscalls;
    if (!syscall) continue;
    describe(`${syscall.call} by argument ${syscall.path}: ${name}`, () => {
      after(() => bench.runtime.unload('family'));

      it('is raced when nobody guards it', () => {
        const { forbidden, harmless } = raceFamily(name, Math.min(tries, UNGUARDED_TRIES));
        assert.ok(forbidden > 0 && harmless > 0, `${forbidden} forbidden, ${harmless} harmless effects`);
      });

      it('is denied at every door, with one event each', () => {
        const [hook] = bench.load(pathPolicy(syscall)).hooks;
        assert.deepEqual(
          [hook?.guarantee, hook?.racy, hook?.refused],
          ['denied-before-effect', false, undefined],
        );
        bench.taken('family'); // the kernel lets go of the policy before this one in its own time
        const doors = callFamily('doors', name);
        assert.deepEqual(
          doors.map(([door, errno, effect]) => [door, errno, effect]),
          doors.map(([door]) => [door, '1', 'none']),
        );
        const events = bench.taken('family');
        const told = events.map((e) => [e.process_kprobe?.args, e.process_kprobe?.process.pid]);
        assert.equal(events.length, doors.length, JSON.stringify(told));
        assert.ok(events.every((e) => e.tracegate?.denied === true));
      });

      it('is not fooled by a path in a page that is not present', () => {
        for (const [door, errno, effect] of callFamily('absent', name))
          assert.deepEqual([errno, effect], ['1', 'none'], door);
        bench.taken('family');
      });

      if (failsWith !== undefined) {
        it('gives its event even when the call fails for another reason first', () => {
          const calls = callFamily('fails', name);
          for (const [door, errno] of calls) assert.equal(errno, failsWith, door);
          assert.equal(bench.taken('family').length, calls.length);
        });

        it('leaves nothing behind that hits the next call of the thread', () => {
          for (const [door, errno, effect, sibling] of callFamily('stale', name))
            assert.deepEqual([errno, effect, sibling], ['0', 'effect', '0'], door);
          bench.taken('family');
        });
      }

      it('is not raced by a second thread that flips the path', () => {
        bench.load(pathPolicy(syscall, { silent: true }));
        const { denied, forbidden, harmless } = raceFamily(name, tries);
        assert.equal(forbidden, 0);
        assert.ok(denied > 0 && harmless > 0, `the race was real: ${denied} denied, ${harmless} made`);
      });

      for (const other of others) {
        it(`is denied just so when the policy names ${other.call}`, () => {
          bench.load(pathPolicy(other));
          const doors = callFamily('doors', name, '2');
          for (const [door, errno, effect] of doors) assert.deepEqual([errno, effect], ['1', 'none'], door);
          assert.equal(bench.taken('family').length, doors.length);
        });
      }
    });
  }
});
