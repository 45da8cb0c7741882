// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type PreemptionSources, preemptionOf } from '../../../../src/runtime/probe/preemption.ts';

const DYNAMIC = '#1 SMP PREEMPT_DYNAMIC Debian 6.12.117-1 (2026-11-14)';

// biome-ignore format: a table is read in rows
const KERNELS: [string, PreemptionSources, 'yes' | 'no' | 'unknown'][] = [
  ['built to leave tasks alone in the kernel', { version: '#1 SMP Debian 6.1.0' }, 'yes'],
  ['built to stop them anywhere', { version: '#1 SMP PREEMPT Thu Jan 1' }, 'no'],
  ['built to stop them when their time is up', { version: '#1 SMP PREEMPT_LAZY' }, 'no'],
  ['of real time', { version: '#1 SMP PREEMPT_RT Debian 6.1.0' }, 'no'],
  ['that shows its mode: voluntary', { version: DYNAMIC, mode: 'none (voluntary) full\n' }, 'yes'],
  ['that shows its mode: none', { version: DYNAMIC, mode: '(none) voluntary full' }, 'yes'],
  ['that shows its mode: full', { version: DYNAMIC, mode: 'none voluntary (full)' }, 'no'],
  ['that shows its mode: lazy', { version: DYNAMIC, mode: 'none voluntary full (lazy)' }, 'no'],
  ['whose mode was changed after it was started', { version: DYNAMIC, mode: 'none voluntary (full)', cmdline: 'preempt=none' }, 'no'],
  ['started with a mode', { version: DYNAMIC, cmdline: 'quiet preempt=full', config: 'CONFIG_PREEMPT_VOLUNTARY=y' }, 'no'],
  ['started with two modes, of which the last counts', { version: DYNAMIC, cmdline: 'preempt=none quiet preempt=full' }, 'no'],
  ['started with another word that ends so', { version: DYNAMIC, cmdline: 'nopreempt=full', config: 'CONFIG_PREEMPT_NONE=y' }, 'yes'],
  ['built with a mode', { version: DYNAMIC, cmdline: 'quiet', config: 'CONFIG_X=y\nCONFIG_PREEMPT_VOLUNTARY=y\n' }, 'yes'],
  ['built with the mode of all', { version: DYNAMIC, config: 'CONFIG_PREEMPT=y\nCONFIG_PREEMPT_DYNAMIC=y' }, 'unknown'],
  ['of which nothing is known but that it can change', { version: DYNAMIC }, 'unknown'],
];

describe('whether a kernel stops tasks in the middle of programs', () => {
  for (const [kernel, sources, available] of KERNELS)
    it(`is told of one ${kernel}: ${available}`, () => {
      const told = preemptionOf(sources);
      assert.equal(told.available, available);
      assert.equal(told.reason === undefined, available === 'yes');
    });
});
