// SPDX-License-Identifier: Apache-2.0
/** How much a policy may tell is put into all of its programs, and nothing where it does not say. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { NormalPolicy } from '../../../src/model/normal-policy.ts';
import { encodeHookConfig } from '../../../src/plan/encode.ts';
import { STRUCTS } from '../../../src/plan/layout.generated.ts';
import { makePlan } from '../../../src/plan/make-plan.ts';
import type { Plan } from '../../../src/plan/plan.ts';
import { FULL, factsOf, policyOf } from './host-facts.ts';

const F = STRUCTS.tg_hook_config.fields;

function planOf(of: Partial<NormalPolicy>): Plan {
  const policy = { ...policyOf({ call: 'sys_symlink', syscall: true, action: { action: 'Post' } }), ...of };
  const prototype = { params: [], returns: 'int', btfId: 7 };
  const functions = { do_symlinkat: prototype };
  return makePlan(policy, { ...factsOf(FULL), functions });
}

function written(of: Partial<NormalPolicy>, cgroupThrottled = false): Buffer[] {
  const ids = { hookId: 1, policySlot: 1, generation: 1, cgroupThrottled };
  return planOf(of).hooks.flatMap(({ programs }) =>
    programs.map(({ config }) => encodeHookConfig(config, ids)),
  );
}

it('is as many events in a time', () => {
  const throttles = (of: Partial<NormalPolicy>) =>
    written(of).map((bytes) => [
      bytes.readUInt32LE(F.throttle_events.offset),
      bytes.readUInt32LE(F.throttle_ms.offset),
    ]);
  const plain = throttles({});
  assert.ok(plain.length > 0);
  assert.deepEqual(
    plain,
    plain.map(() => [0, 0]),
  );
  const bound = { events: 1000, intervalMs: 5000 };
  assert.deepEqual(
    throttles({ throttle: bound }),
    plain.map(() => [1000, 5000]),
  );
});

it('knows whether the agent bounds cgroups', () => {
  const [plain] = written({});
  const [bounded] = written({}, true);
  assert.deepEqual(
    [plain, bounded].map((bytes) => bytes?.readUInt8(F.cgroup_throttled.offset)),
    [0, 1],
  );
});

it('is one of the same in a time, which whoever tells them knows too', () => {
  const times = (of: Partial<NormalPolicy>) =>
    written(of).map((bytes) => bytes.readUInt32LE(F.same_ms.offset));
  const plain = times({});
  assert.deepEqual(
    plain,
    plain.map(() => 0),
  );
  assert.deepEqual(
    times({ aggregateMs: 10_000 }),
    plain.map(() => 10_000),
  );
  assert.equal(planOf({ aggregateMs: 10_000 }).hooks[0]?.report.aggregateMs, 10_000);
  assert.equal(planOf({}).hooks[0]?.report.aggregateMs, undefined);
});
