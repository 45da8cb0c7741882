// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { rehearse } from '../../../src/agent/rehearsal.ts';
import type { Runtime } from '../../../src/runtime/runtime.ts';
import { NO_FENTRY } from '../plan/host-facts.ts';
import { FakeRuntime } from './fake-runtime.ts';

const rehearsed = (given: Partial<FakeRuntime>) => {
  const runtime = Object.assign(new FakeRuntime(), given);
  return { told: rehearse(runtime as unknown as Runtime), calls: runtime.calls };
};

describe('what an agent tries before it says that it is ready', () => {
  it('is a policy, which stays in force for nobody', () => {
    assert.deepEqual(rehearsed({}), { told: { done: true }, calls: ['rehearse rehearsal'] });
  });

  it('tells why the kernel takes none', () => {
    const { told } = rehearsed({ says: 'the kernel has no room left' });
    assert.deepEqual(told, { done: false, reason: 'the kernel has no room left' });
  });

  it('tells what a kernel without programs that deny cannot do, and tries nothing there', () => {
    const { told, calls } = rehearsed({ kernel: NO_FENTRY });
    assert.equal(told.done, false);
    assert.match(told.reason ?? '', /no fentry here/);
    assert.deepEqual(calls, []);
  });

  it('is left out where policies are in force already', () => {
    const { told, calls } = rehearsed({ policies: () => [{} as never] });
    assert.deepEqual([told.done, calls], [false, []]);
  });
});
