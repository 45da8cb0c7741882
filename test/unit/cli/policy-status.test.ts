// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { untoldIn, wouldHaveIn } from '../../../src/cli/commands/policy/status.ts';
import type { PolicyStatus } from '../../../src/model/status.ts';
import { NO_COUNTS } from '../../../src/runtime/shared-maps.ts';

const { exhausted: _, ...NO_EVENTS } = NO_COUNTS;
const NONE = { ...NO_EVENTS, posted: 9 };

const statusWith = (...counted: Partial<typeof NONE>[]): PolicyStatus => ({
  ...{ name: 'p', namespace: 'team-a', revision: 1, mode: 'enforce', enabled: true, state: 'loaded' },
  effectiveMode: 'enforce',
  hosts: counted.map((counters, n) => ({
    ...{ host: `h${n}`, state: 'loaded', hooks: [], counters: { ...NONE, ...counters } },
  })),
});

describe('the events of a policy that were not told', () => {
  it('are said of each host that has some', () => {
    const said = untoldIn(
      statusWith({ suppressed: 3 }, {}, { suppressed: 1, lost: 2, throttled: 5, aggregated: 7 }),
    );
    assert.deepEqual(said, [
      'team-a/p on h0: events not told: 3 held back by its rate limit',
      'team-a/p on h2: events not told: 1 held back by its rate limit, 5 more than a cgroup may tell, 7 counted with one that is the same, 2 lost, because nobody read them in time',
    ]);
  });
});

describe('what a policy would have done', () => {
  it('is said of each selector that would have', () => {
    const status = statusWith({}, {});
    const hook = { state: 'loaded', mechanism: 'm', guarantee: 'observed', racy: false } as const;
    const wouldHave = [
      { selector: 0, count: 3 },
      { selector: 2, count: 1 },
    ];
    status.hosts[0]?.hooks.push(
      { ...hook, hook: 'sys_symlinkat', wouldHave },
      { ...hook, hook: 'sys_access' },
    );
    assert.deepEqual(wouldHaveIn(status), [
      'team-a/p on h0: would have acted: 3 by selector 0 of sys_symlinkat, 1 by selector 2 of sys_symlinkat',
    ]);
  });
});
