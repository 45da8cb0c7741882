// SPDX-License-Identifier: Apache-2.0
/** When a cgroup is said to tell too much, and when no longer. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TraceEvent } from '../../../src/model/event.ts';
import type { RateUse } from '../../../src/model/rate-use.ts';
import { TG_RATE_OF } from '../../../src/plan/layout.generated.ts';
import { BootClock } from '../../../src/watch/boot-clock.ts';
import type { WatchedHook } from '../../../src/watch/hook-event.ts';
import { Throttles } from '../../../src/watch/throttles.ts';

const S = 1_000_000_000n;
const HOOK: WatchedHook = {
  ...{ policyName: 'p', revision: 3, decisionId: 'd', mode: 'enforce', mechanism: 'fentry/x' },
  ...{ guarantee: 'observed', functionName: 'f', isTracepoint: false, args: [], tags: [] },
};
const USE: RateUse = {
  ...{ cgroup: 'a.scope', cgroupId: 77n, of: 1, generation: 5 },
  ...{ overNs: 0n, overSinceNs: 0n, intervalNs: 2n * S },
};

function watched() {
  const told: TraceEvent[] = [];
  const state = { nowNs: 100n * S, uses: [] as RateUse[] };
  const throttles = new Throttles({
    nodeName: 'n',
    clock: new BootClock({ realNs: 0n, bootNs: 0n }),
    uses: () => state.uses,
    nowBootNs: () => state.nowNs,
    hookOf: (id, generation) => (id === 1 && generation === 5 ? HOOK : undefined),
    onEvent: (event) => void told.push(event),
  });
  const lookAt = (nowS: number, ...uses: Partial<RateUse>[]) => {
    state.nowNs = BigInt(nowS) * S;
    state.uses = uses.map((use) => ({ ...USE, ...use }));
    throttles.look();
    return told.splice(0);
  };
  const types = (...of: Parameters<typeof lookAt>) => lookAt(...of).map((e) => e.process_throttle?.type);
  return { lookAt, types };
}

describe('a cgroup that tells too much', () => {
  it('is told once, in the words of Tetragon, and of which hook beside', () => {
    const { lookAt } = watched();
    assert.deepEqual(lookAt(101, {}), []);
    const over = { overSinceNs: 101n * S, overNs: 101n * S };
    assert.deepEqual(lookAt(102, over), [
      {
        process_throttle: { type: 'THROTTLE_START', cgroup: 'a.scope' },
        tracegate: { cgroup_id: '77', throttled: 'hook', policy_name: 'p', hook: 'f' },
        node_name: 'n',
        time: '1970-01-01T00:01:41Z',
      },
    ]);
    assert.deepEqual(lookAt(102, over), []);
  });

  it('is told to end once an interval passed without an event held back', () => {
    const { types } = watched();
    const overSinceNs = 101n * S;
    assert.deepEqual(types(102, { overSinceNs, overNs: 101n * S }), ['THROTTLE_START']);
    assert.deepEqual(types(104, { overSinceNs, overNs: 103n * S }), []);
    assert.deepEqual(types(105, { overSinceNs, overNs: 103n * S }), ['THROTTLE_STOP']);
    assert.deepEqual(types(106, { overSinceNs, overNs: 103n * S }), []);
    assert.deepEqual(types(107, { overSinceNs: 107n * S, overNs: 107n * S }), ['THROTTLE_START']);
  });

  it('is told of both where it began and ended between two looks, or ended and began', () => {
    const { types } = watched();
    assert.deepEqual(types(104, { overSinceNs: 101n * S, overNs: 101n * S }), [
      'THROTTLE_START',
      'THROTTLE_STOP',
    ]);
    assert.deepEqual(types(106, { overSinceNs: 106n * S, overNs: 106n * S }), ['THROTTLE_START']);
    const again = { overSinceNs: 109n * S, overNs: 109n * S };
    assert.deepEqual(types(109, again), ['THROTTLE_STOP', 'THROTTLE_START']);
  });

  it('ends when the kernel forgets it', () => {
    const { types } = watched();
    assert.deepEqual(types(102, { overSinceNs: 101n * S, overNs: 101n * S }), ['THROTTLE_START']);
    assert.deepEqual(types(102), ['THROTTLE_STOP']);
    assert.deepEqual(types(103), []);
  });

  it('is not told of what was over before this agent', () => {
    const { types } = watched();
    assert.deepEqual(types(101, { overSinceNs: 50n * S, overNs: 99n * S }), []);
    assert.deepEqual(types(103, { overSinceNs: 50n * S, overNs: 99n * S }), []);
  });

  it('may be one of all policies, of processes, or of a hook that is gone', () => {
    const { lookAt } = watched();
    const over = { overSinceNs: 101n * S, overNs: 101n * S };
    const of = [TG_RATE_OF.TG_R_POLICIES, TG_RATE_OF.TG_R_PROCESSES, 9];
    const told = lookAt(102, ...of.map((one) => ({ ...over, of: one })));
    assert.deepEqual(
      told.map(({ tracegate }) => [tracegate?.throttled, tracegate?.hook]),
      [
        ['policies', undefined],
        ['processes', undefined],
        ['hook', undefined],
      ],
    );
  });
});
