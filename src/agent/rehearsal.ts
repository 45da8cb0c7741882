// SPDX-License-Identifier: Apache-2.0
/**
 * A policy that denies, loaded and taken out again before the agent says that it is ready: its log tells whether this host takes
 * one, and the first policy that somebody waits for meets an engine that has done it before.
 */
import { asFault } from '../errors.ts';
import { intakeObject } from '../model/intake.ts';
import { makePlan } from '../plan/make-plan.ts';
import { symbolsOf } from '../plan/symbols.ts';
import type { Runtime } from '../runtime/runtime.ts';

/** It is off, and nobody has such a path. */
const POLICY = {
  apiVersion: 'cilium.io/v1alpha1',
  kind: 'TracingPolicy',
  metadata: { name: 'rehearsal' },
  spec: {
    kprobes: [
      {
        ...{ call: 'sys_symlinkat', syscall: true },
        args: [{ index: 0, type: 'string' }],
        selectors: [
          {
            matchArgs: [{ index: 0, operator: 'Equal', values: ['/proc/self/rehearsal'] }],
            matchActions: [{ action: 'Override', argError: -1 }],
          },
        ],
      },
    ],
  },
};

export interface Rehearsal {
  done: boolean;
  /** why not */
  reason?: string;
}

/** Where policies are in force already nothing is tried: that they are says as much. */
export function rehearse(runtime: Runtime): Rehearsal {
  if (runtime.policies().length > 0) return { done: false, reason: 'policies are in force' };
  try {
    const intake = intakeObject(POLICY);
    if (!intake.valid)
      throw new Error(`the policy to rehearse with is none: ${JSON.stringify(intake.findings)}`);
    const plan = makePlan(intake.normal, runtime.facts(symbolsOf(intake.normal)));
    const refused = plan.hooks.find((hook) => hook.refused !== undefined)?.refused;
    if (refused !== undefined) return { done: false, reason: refused };
    runtime.rehearse(plan);
    return { done: true };
  } catch (thrown) {
    return { done: false, reason: asFault(thrown).message };
  }
}
